use crate::generation_model;
use alun_inference::{
    DeviceKind, Finish, GenerateRequest, GenerationModel, InferenceError, Limits, Sampling,
    GENERATION_MODEL,
};

const SEED: [u8; 32] = [42; 32];
const GUMBEL: Sampling = Sampling::Gumbel { temperature: 1.0, seed: SEED };

fn request(model: &GenerationModel, prompt: &str, tokens: usize) -> GenerateRequest {
    GenerateRequest {
        prompt: model.encode(prompt).unwrap(),
        max_new_tokens: tokens,
        sampling: Sampling::Greedy,
        ignore_eos: false,
    }
}

fn chat(model: &GenerationModel, question: &str, tokens: usize) -> GenerateRequest {
    GenerateRequest {
        prompt: model.encode_chat(&[("user", question)]).unwrap(),
        ..request(model, "-", tokens)
    }
}

#[test]
fn generate_show() {
    let model = generation_model();
    for (text, n) in [("The capital of France is", 24), ("def fibonacci(n):\n", 40)] {
        let a = model.generate(&[request(&model, text, n)]).unwrap();
        println!("{a:?}");
    }
    let a = model.generate(&[chat(&model, "What is the capital of France?", 60)]).unwrap();
    println!("{a:?}");
    println!("{:?}", model.encode("Hello world! 1234 été, 日本語 🙂\n\n\tx  = 'don\\'t'"));
}
