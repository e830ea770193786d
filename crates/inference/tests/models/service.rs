use crate::{embedding_model, generation_model};
use alun_inference::{
    EmbeddingService, Finish, GenerateRequest, GenerationService, InferenceError, Sampling,
    ServiceOptions,
};
use std::time::Duration;

fn greedy(prompt: &str, tokens: usize) -> GenerateRequest {
    GenerateRequest {
        prompt: generation_model().encode(prompt).unwrap(),
        max_new_tokens: tokens,
        sampling: Sampling::Greedy,
        ignore_eos: true,
    }
}

fn generation(options: ServiceOptions) -> GenerationService {
    GenerationService::start(generation_model(), options).unwrap()
}

async fn until(condition: impl Fn() -> bool) {
    for _ in 0..6_000 {
        if condition() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("it did not come about in 30 seconds");
}

#[tokio::test]
async fn embeddings_should_come_in_order_when_requests_are_merged() {
    let model = embedding_model();
    let service = EmbeddingService::start(model.clone(), ServiceOptions::default()).unwrap();
    let request = |at: usize| (0..1 + at % 3).map(|text| format!("{at} of {text}")).collect();
    let asked: Vec<Vec<String>> = (0..20).map(request).collect();
    let handles: Vec<_> = asked
        .iter()
        .map(|texts| {
            let (service, texts) = (service.clone(), texts.clone());
            tokio::spawn(async move { service.embed(texts).await })
        })
        .collect();
    for (handle, texts) in handles.into_iter().zip(asked) {
        let (found, expected) = (handle.await.unwrap().unwrap(), model.embed(&texts).unwrap());
        assert_eq!(found.len(), expected.len());
        for (found, expected) in found.iter().flatten().zip(expected.iter().flatten()) {
            assert!((found - expected).abs() < 1e-5);
        }
    }
    let stats = service.stats();
    assert_eq!((stats.answered, stats.queued, stats.refused), (20, 0, 0));
    assert!(stats.passes < 20, "nothing was merged: {stats:?}");
    assert!(matches!(service.embed(vec![]).await, Err(InferenceError::Empty { .. })));
}

#[tokio::test]
async fn answers_should_equal_single_ones_when_sequences_join_each_other() {
    let model = generation_model();
    // Two run at a time, and prompts are read in pieces of 8 tokens beside them.
    let service = generation(ServiceOptions { running: 2, pass_tokens: 8, ..Default::default() });
    let requests: Vec<GenerateRequest> = [
        ("The quick brown fox jumps over the lazy dog and then it", 16),
        ("Water boils at", 6),
        ("In the beginning there was a very long prompt that is read in several pieces, and", 8),
        ("Two plus two", 12),
    ]
    .into_iter()
    .map(|(prompt, tokens)| greedy(prompt, tokens))
    .collect();
    let handles: Vec<_> = requests
        .iter()
        .map(|request| {
            let (service, request) = (service.clone(), request.clone());
            tokio::spawn(async move { service.generate(request).await })
        })
        .collect();
    for (handle, request) in handles.into_iter().zip(requests) {
        let found = handle.await.unwrap().unwrap();
        let alone = model.generate(&[request]).unwrap().remove(0);
        assert_eq!((&found.tokens, &found.text), (&alone.tokens, &alone.text));
        for (left, right) in found.logprobs.iter().zip(&alone.logprobs) {
            assert!((left - right).abs() < 1e-4, "{left} {right}");
        }
    }
    let stats = service.stats();
    assert_eq!((stats.answered, stats.tokens, stats.running), (4, 42, 0));
}

#[tokio::test]
async fn stream_should_add_up_to_the_answer_when_read_to_its_end() {
    let service = generation(ServiceOptions::default());
    let request = greedy("Emoji: 🙂 🙃 🙂 🙃 🙂", 10);
    let whole = service.generate(request.clone()).await.unwrap();
    let mut stream = service.generate_stream(request).unwrap();
    let (mut tokens, mut text, mut finish) = (Vec::new(), String::new(), None);
    while let Some(token) = stream.recv().await {
        let token = token.unwrap();
        assert_eq!(finish, None, "a token after the last one");
        tokens.push(token.token);
        text.push_str(&token.text);
        finish = token.finish;
    }
    assert_eq!((tokens, text), (whole.tokens, whole.text));
    assert_eq!(finish, Some(Finish::Length));
}

#[tokio::test]
async fn service_should_stop_the_work_when_callers_go_away() {
    let service = generation(ServiceOptions { running: 1, ..Default::default() });
    let stream = service.generate_stream(greedy("Forever and", 256)).unwrap();
    until(|| service.stats().tokens > 0).await;
    let waiting = tokio::spawn({
        let service = service.clone();
        async move { service.generate(greedy("Never", 256)).await }
    });
    until(|| service.stats().queued == 1).await;
    waiting.abort();
    drop(stream);
    until(|| service.stats().abandoned == 2).await;
    let answer = service.generate(greedy("Still there:", 2)).await.unwrap();
    assert_eq!(answer.tokens.len(), 2);
    assert!(service.stats().tokens < 200, "{:?}", service.stats());
}

#[tokio::test]
async fn service_should_refuse_when_its_queue_is_full() {
    let options = ServiceOptions { queue: 1, running: 1, ..Default::default() };
    let service = generation(options);
    let running = service.generate_stream(greedy("One", 200)).unwrap();
    until(|| service.stats().tokens > 0).await;
    let waiting = service.generate_stream(greedy("Two", 2)).unwrap();
    let error = service.generate(greedy("Three", 2)).await.unwrap_err();
    assert_eq!(error, InferenceError::Overloaded { limit: 1 });
    assert!(!error.is_request_error());
    assert_eq!(service.stats().refused, 1);
    drop(running);
    let mut waiting = waiting;
    assert!(waiting.recv().await.unwrap().is_ok());
}

#[tokio::test]
async fn sequence_should_wait_when_the_cache_has_no_room_for_it() {
    // Room for one of these at a time, and for none of them if it were a hard limit.
    let service = generation(ServiceOptions { cache_tokens: 4, ..Default::default() });
    let handles: Vec<_> = (0..3)
        .map(|_| {
            let service = service.clone();
            tokio::spawn(async move { service.generate(greedy("One by one", 6)).await })
        })
        .collect();
    for handle in handles {
        assert_eq!(handle.await.unwrap().unwrap().tokens.len(), 6);
    }
    let stats = service.stats();
    assert_eq!((stats.answered, stats.tokens), (3, 18));
}

#[tokio::test]
async fn check_should_take_its_turn_when_a_sequence_runs() {
    let service = generation(ServiceOptions::default());
    let request = greedy("The tallest mountain", 8);
    let answer = service.generate(request.clone()).await.unwrap();
    let stream = service.generate_stream(greedy("Meanwhile", 64)).unwrap();
    let checks = service.verify(request.prompt, answer.tokens, Sampling::Greedy).await.unwrap();
    assert!(checks.iter().all(|check| check.margin == 0.0));
    let error = service.verify(vec![5], vec![], Sampling::Greedy).await.unwrap_err();
    assert!(matches!(error, InferenceError::Empty { .. }));
    drop(stream);
}
