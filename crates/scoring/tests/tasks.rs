//! The tasks with the real models: honest answers pass, each way of cheating fails.

use alun_inference::{
    DeviceKind, EmbeddingModel, Engine, GenerateRequest, GenerationModel, Rounding, Sampling,
    EMBEDDING_MODEL, GENERATION_MODEL,
};
use alun_primitives::{NetUid, TaskDescriptor, TaskKind};
use alun_scoring::{Answer, Question, Task, Tasks};
use std::{
    sync::{Arc, LazyLock},
    time::Duration,
};

static TASKS: LazyLock<Tasks> = LazyLock::new(|| {
    let embedding =
        EmbeddingModel::load(&EMBEDDING_MODEL.dir().unwrap(), DeviceKind::Cpu, None).unwrap();
    let generation =
        GenerationModel::load(&GENERATION_MODEL.dir().unwrap(), DeviceKind::Cpu, None).unwrap();
    Tasks {
        embedding: Some(Arc::new(embedding)),
        generation: Some(Arc::new(generation)),
        ..Default::default()
    }
});

fn open(kind: TaskKind, parameters: &str) -> Box<dyn Task> {
    let parameters = parameters.as_bytes().to_vec();
    TASKS.open(NetUid(1), &TaskDescriptor { kind, model: None, parameters }).unwrap()
}

/// What an honest miner answers.
fn answer(question: &Question) -> Answer {
    answer_of(&TASKS, question)
}

/// What these models answer.
fn answer_of(models: &Tasks, question: &Question) -> Answer {
    match question {
        Question::Embedding { texts } => {
            Answer::Embedding { vectors: models.embedding.as_ref().unwrap().embed(texts).unwrap() }
        }
        Question::Generation { prompt, max_tokens, temperature, seed } => {
            let model = models.generation.as_ref().unwrap();
            let request = GenerateRequest {
                prompt: model.encode(prompt).unwrap(),
                max_new_tokens: *max_tokens,
                sampling: Sampling::from_temperature(*temperature, *seed),
                ignore_eos: false,
            };
            let written = model.generate(&[request]).unwrap().remove(0);
            Answer::Generation {
                tokens: written.tokens,
                logprobs: written.logprobs,
                text: written.text,
            }
        }
        Question::External { .. } => unreachable!("no model answers an external task"),
    }
}

/// A seed whose question samples, or does not.
fn seed_that(task: &dyn Task, samples: bool) -> [u8; 32] {
    (0..=255)
        .map(|byte| [byte; 32])
        .find(|seed| matches!(task.challenge(seed).unwrap(), Question::Generation { temperature, .. } if (temperature > 0.0) == samples))
        .unwrap()
}

#[test]
fn embedding_should_pass_honest_answers_and_fail_the_rest() {
    let task = open(TaskKind::Embedding, r#"{"texts": 4}"#);
    let question = task.challenge(&[1; 32]).unwrap();
    let honest = answer(&question);
    let verdict = task.verify(&question, &honest).unwrap();
    assert!(verdict.passed && verdict.units == 4, "{verdict:?}");
    assert_eq!(task.score(&verdict, Duration::from_millis(100)), 1.0);
    assert!(task.score(&verdict, Duration::from_secs(20)) < 0.2);

    let Answer::Embedding { vectors } = &honest else { unreachable!() };
    let fails = |vectors: Vec<Vec<f32>>, why: &str| {
        let verdict = task.verify(&question, &Answer::Embedding { vectors }).unwrap();
        assert!(!verdict.passed, "{why}: {verdict:?}");
        assert_eq!(task.score(&verdict, Duration::ZERO), 0.0);
    };
    let mut swapped = vectors.clone();
    swapped.swap(0, 1);
    fails(swapped, "answers in another order");
    fails(vectors[..3].to_vec(), "one missing");
    let mut nudged = vectors.clone();
    nudged[2].iter_mut().step_by(2).for_each(|value| *value *= 0.85);
    let length = nudged[2].iter().map(|value| value * value).sum::<f32>().sqrt();
    nudged[2].iter_mut().for_each(|value| *value /= length);
    fails(nudged, "slightly wrong");
    let Answer::Embedding { vectors: other } = answer(&task.challenge(&[2; 32]).unwrap()) else {
        unreachable!()
    };
    fails(other, "answers of another challenge");
}

#[test]
fn generation_should_pass_honest_answers_and_fail_the_rest() {
    let task = open(TaskKind::Generation, r#"{"max_tokens": 24}"#);
    for samples in [false, true] {
        let question = task.challenge(&seed_that(&*task, samples)).unwrap();
        let honest = answer(&question);
        let verdict = task.verify(&question, &honest).unwrap();
        assert!(verdict.passed, "{verdict:?}");
        assert!(verdict.measure < 1e-3, "{verdict:?}");

        let Answer::Generation { tokens, logprobs, text } = &honest else { unreachable!() };
        let fails = |tokens: Vec<u32>, logprobs: Vec<f32>, text: String, why: &str| {
            let verdict =
                task.verify(&question, &Answer::Generation { tokens, logprobs, text }).unwrap();
            assert!(!verdict.passed, "{why}: {verdict:?}");
        };
        let model = TASKS.generation.as_ref().unwrap();
        let mut edited = tokens.clone();
        edited[3] = edited[3].wrapping_add(17) % 1_000 + 100;
        edited[9] = edited[9].wrapping_add(31) % 1_000 + 100;
        fails(edited.clone(), logprobs.clone(), model.decode(&edited), "two tokens changed");
        fails(tokens.clone(), logprobs.clone(), format!("{text}!"), "text edited");
        fails(
            tokens.clone(),
            logprobs.iter().map(|value| value - 0.2).collect(),
            text.clone(),
            "log-probabilities off",
        );
        let short = &tokens[..tokens.len() - 4];
        fails(
            short.to_vec(),
            logprobs[..short.len()].to_vec(),
            model.decode(short),
            "stopped early",
        );
        fails(vec![u32::MAX], vec![0.0], String::new(), "a token that does not exist");
        fails(vec![], vec![], String::new(), "nothing");
        let other = answer(&task.challenge(&seed_that(&*task, !samples)).unwrap());
        assert!(!task.verify(&question, &other).unwrap().passed, "the answer to another challenge");
    }
}

/// The models of the tasks with their matrices rounded.
fn rounded(rounding: Rounding) -> Tasks {
    let embedding = EmbeddingModel::load_with(
        &EMBEDDING_MODEL.dir().unwrap(),
        DeviceKind::Cpu,
        None,
        rounding,
        Engine::default(),
    );
    let generation = GenerationModel::load_with(
        &GENERATION_MODEL.dir().unwrap(),
        DeviceKind::Cpu,
        None,
        rounding,
        Engine::default(),
    );
    Tasks {
        embedding: Some(Arc::new(embedding.unwrap())),
        generation: Some(Arc::new(generation.unwrap())),
        ..Default::default()
    }
}

#[test]
fn models_should_pass_in_16_bits_and_fail_when_rounded_to_four() {
    let (embedding, generation) =
        (open(TaskKind::Embedding, ""), open(TaskKind::Generation, r#"{"max_tokens": 32}"#));
    for (rounding, passes) in [(Rounding::F16, true), (Rounding::Q4, false)] {
        let models = rounded(rounding);
        let mut questions = vec![(&embedding, embedding.challenge(&[3; 32]).unwrap())];
        for samples in [false, true] {
            let seed = seed_that(&*generation, samples);
            questions.push((&generation, generation.challenge(&seed).unwrap()));
        }
        for (task, question) in questions {
            let verdict = task.verify(&question, &answer_of(&models, &question)).unwrap();
            assert_eq!(verdict.passed, passes, "{rounding:?}: {verdict:?}");
        }
    }
}
