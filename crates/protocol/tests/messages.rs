//! Bodies: what ordinary clients send, what is refused, round trips.

use alun_protocol::{
    messages::{self, *},
    Refusal,
};
use proptest::prelude::*;
use serde_json::json;

fn read<R: Request>(body: serde_json::Value) -> Result<R, Refusal> {
    messages::parse(body.to_string().as_bytes())
}

fn code<R: Request>(body: serde_json::Value) -> &'static str {
    match read::<R>(body) {
        Ok(_) => "ok",
        Err(refusal) => {
            assert_eq!(refusal.status(), 422);
            refusal.code()
        }
    }
}

#[test]
fn embeddings_should_be_read_when_input_is_one_text_or_several() {
    let one: EmbeddingsRequest = read(json!({"model": "m", "input": "a", "user": "x"})).unwrap();
    assert_eq!(one.input, "a".into());
    assert!(one.check_model("m").is_ok());
    assert_eq!(one.check_model("n").unwrap_err().code(), "other_model");
    let two: EmbeddingsRequest = read(json!({
        "input": ["a", "b"], "encoding_format": "base64", "alun": {"seed": "00".repeat(32)}
    }))
    .unwrap();
    assert_eq!(two.input.0.len(), 2);
    assert_eq!(two.encoding_format, Some(EncodingFormat::Base64));
    assert_eq!(two.alun.unwrap().seed, Some(Seed([0; 32])));
}

#[test]
fn embeddings_should_be_refused_when_against_the_limits() {
    for (body, expected) in [
        (json!({"input": vec!["a"; 64]}), "ok"),
        (json!({"input": vec!["a"; 65]}), "too_many_texts"),
        (json!({"input": []}), "empty"),
        (json!({"input": ""}), "empty"),
        (json!({"input": ["a", ""]}), "empty"),
        (json!({"input": [1, 2]}), "bad_body"),
        (json!({"input": {"a": 1}}), "bad_body"),
        (json!({"model": "m"}), "bad_body"),
        (json!({"input": "a", "dimensions": 8}), "unsupported"),
        (json!({"input": "a", "encoding_format": "int8"}), "bad_body"),
        (json!({"input": "a", "alun": {"seed": "zz"}}), "bad_body"),
        (json!([]), "bad_body"),
    ] {
        assert_eq!(code::<EmbeddingsRequest>(body.clone()), expected, "{body}");
    }
    let empty = messages::parse::<EmbeddingsRequest>(b" \n").unwrap_err();
    assert_eq!(empty.code(), "empty");
    let broken = messages::parse::<EmbeddingsRequest>(b"{\"input\": ").unwrap_err();
    assert_eq!((broken.status(), broken.code()), (422, "bad_body"));
    assert!(broken.to_string().contains("line 1"), "{broken}");
}

#[test]
fn completion_should_be_refused_when_against_the_limits_or_not_offered() {
    for (field, value, expected) in [
        ("max_tokens", json!(256), "ok"),
        ("max_tokens", json!(257), "new_tokens"),
        ("max_tokens", json!(0), "new_tokens"),
        ("max_tokens", json!(-1), "bad_body"),
        ("max_completion_tokens", json!(257), "new_tokens"),
        ("temperature", json!(0), "ok"),
        ("temperature", json!(2), "ok"),
        ("temperature", json!(2.1), "out_of_range"),
        ("temperature", json!(-0.1), "out_of_range"),
        ("temperature", json!(1e300), "out_of_range"),
        ("temperature", json!(null), "ok"),
        ("n", json!(1), "ok"),
        ("n", json!(2), "unsupported"),
        ("top_p", json!(1.0), "ok"),
        ("top_p", json!(0.9), "unsupported"),
        ("stop", json!(null), "ok"),
        ("stop", json!([]), "ok"),
        ("stop", json!("x"), "unsupported"),
        ("logit_bias", json!({"1": 2}), "unsupported"),
        ("echo", json!(true), "unsupported"),
        ("suffix", json!("x"), "unsupported"),
        ("response_format", json!({"type": "text"}), "ok"),
        ("response_format", json!({"type": "json_object"}), "unsupported"),
        ("prompt", json!("hello"), "ok"),
        ("prompt", json!(["hello"]), "ok"),
        ("prompt", json!(["a", "b"]), "unsupported"),
        ("prompt", json!(""), "empty"),
        ("prompt", json!([]), "empty"),
        ("prompt", json!([1, 2]), "bad_body"),
        ("stream", json!(null), "ok"),
        ("stream", json!("yes"), "bad_body"),
    ] {
        let mut body = json!({"prompt": "hello"});
        body[field] = value;
        assert_eq!(code::<CompletionRequest>(body.clone()), expected, "{body}");
    }
    let both = json!({"prompt": "a", "max_tokens": 1, "max_completion_tokens": 2});
    assert_eq!(code::<CompletionRequest>(both), "out_of_range");
}

#[test]
fn chat_should_be_read_when_written_by_ordinary_clients() {
    let chat: ChatRequest = read(json!({
        "model": "m",
        "messages": [
            {"role": "developer", "content": "be brief"},
            {"role": "user", "content": [{"type": "text", "text": "hi"}], "name": "x"},
        ],
        "max_completion_tokens": 5,
        "temperature": 0,
        "seed": 7,
        "stream": true,
        "stream_options": {"include_usage": true},
        "tools": [],
    }))
    .unwrap();
    assert_eq!(chat.messages[0].role, Role::System);
    assert_eq!(chat.messages[1].content, "hi");
    assert_eq!((chat.sampling.new_tokens(), chat.sampling.temperature()), (5, 0.0));
    assert!(chat.sampling.streams() && chat.sampling.streams_usage());
    assert_eq!(chat.sampling.seed, Some(7));
}

#[test]
fn chat_should_be_refused_when_against_the_limits() {
    let message = json!({"role": "user", "content": "a"});
    for (messages, expected) in [
        (json!(vec![message.clone(); 64]), "ok"),
        (json!(vec![message.clone(); 65]), "too_many_messages"),
        (json!([]), "empty"),
        (json!([{"role": "user", "content": ""}]), "empty"),
        (json!([{"role": "tool", "content": "a"}]), "bad_body"),
        (json!([{"role": "user", "content": null}]), "bad_body"),
        (json!([{"role": "user", "content": [{"type": "image_url"}]}]), "bad_body"),
        (json!("hello"), "bad_body"),
    ] {
        assert_eq!(code::<ChatRequest>(json!({ "messages": messages })), expected, "{messages}");
    }
}

#[test]
fn answer_should_have_the_shape_that_clients_read() {
    let mut answer = Completion::new("cmpl-1", 1, "m", "text", Some(FinishReason::Length));
    answer.usage = Some(Usage::new(3, 2));
    let json = serde_json::to_value(&answer).unwrap();
    assert_eq!(json["object"], "text_completion");
    assert_eq!(json["choices"][0]["finish_reason"], "length");
    assert_eq!(json["usage"]["total_tokens"], 5);
    assert!(json.get("alun").is_none());
    let delta = ChatDelta { role: Some(Role::Assistant), content: None };
    let chunk = serde_json::to_value(ChatChunk::new("c", 1, "m", delta, None)).unwrap();
    assert_eq!(chunk["object"], "chat.completion.chunk");
    assert_eq!(chunk["choices"][0]["delta"], json!({"role": "assistant"}));
    assert!(chunk["choices"][0]["finish_reason"].is_null());
}

#[test]
fn vectors_should_be_refused_when_an_index_is_missing_or_base64_is_broken() {
    let mut answer = EmbeddingsAnswer::new("m", vec![vec![1.0], vec![2.0]], Default::default(), 2);
    answer.data.reverse();
    assert_eq!(answer.vectors(), Ok(vec![vec![1.0], vec![2.0]]));
    answer.data[0].index = 0;
    assert_eq!(answer.vectors(), Err(VectorError));
    assert_eq!(Vector::Base64("AAAA".into()).floats(), Err(VectorError));
    assert_eq!(Vector::Base64("?".into()).floats(), Err(VectorError));
}

proptest! {
    #[test]
    fn vector_should_round_trip_exactly(
        floats in proptest::collection::vec(proptest::num::f32::NORMAL, 0..50),
        base64: bool,
    ) {
        let format = if base64 { EncodingFormat::Base64 } else { EncodingFormat::Float };
        let answer = EmbeddingsAnswer::new("m", vec![floats.clone()], format, 1);
        let text = serde_json::to_string(&answer).unwrap();
        let read: EmbeddingsAnswer = serde_json::from_str(&text).unwrap();
        prop_assert_eq!(read.vectors(), Ok(vec![floats]));
    }

    #[test]
    fn request_should_round_trip(
        prompt in ".{1,40}",
        seed: [u8; 32],
        tokens in 1u64..=256,
        temperature in 0.0f32..=2.0,
    ) {
        let request = CompletionRequest {
            prompt: prompt.into(),
            sampling: Sampling {
                max_tokens: Some(tokens),
                temperature: Some(temperature),
                ..Default::default()
            },
            alun: Some(RequestExtras { seed: Some(Seed(seed)) }),
            ..Default::default()
        };
        let text = serde_json::to_vec(&request).unwrap();
        prop_assert_eq!(messages::parse::<CompletionRequest>(&text), Ok(request));
    }

    #[test]
    fn parse_should_never_panic(body in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = messages::parse::<EmbeddingsRequest>(&body);
        let _ = messages::parse::<CompletionRequest>(&body);
        let _ = messages::parse::<ChatRequest>(&body);
    }

    #[test]
    fn parse_should_never_panic_when_fields_are_arbitrary(
        field in "(input|prompt|messages|max_tokens|temperature|stream|stop|alun|seed)",
        value in "(null|true|-1|1e999|1e-999|18446744073709551616|\"\"|\\[\\[\\]\\]|\\{\\}|\\[null\\])",
    ) {
        let body = format!("{{\"{field}\":{value}}}");
        let _ = messages::parse::<EmbeddingsRequest>(body.as_bytes());
        let _ = messages::parse::<CompletionRequest>(body.as_bytes());
        let _ = messages::parse::<ChatRequest>(body.as_bytes());
    }
}
