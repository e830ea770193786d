//! Real child processes behind an external task: the example, and every way to misbehave.

use alun_primitives::{NetUid, TaskDescriptor, TaskKind};
use alun_scoring::{
    external::{Program, ProgramLimits},
    Answer, ExternalError, Question, Session, Task, TaskError, Tasks,
};
use serde_json::{json, Map};
use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

const LIMITS: ProgramLimits = ProgramLimits {
    call: Duration::from_millis(1_500),
    total: Duration::from_secs(60),
    memory_mb: 256,
    cpu_s: Some(30),
};
const NETUID: NetUid = NetUid(7);

fn example() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/external/puzzle.py")
}

fn program(path: PathBuf) -> Program {
    Program { path, args: vec![], limits: LIMITS }
}

fn open(program: Program) -> Result<Box<dyn Task>, TaskError> {
    let descriptor = TaskDescriptor {
        kind: TaskKind::External,
        model: Some(Program::sha256(&program.path).unwrap()),
        parameters: br#"{"target_ms": 1000, "settings": {"bits": 8}}"#.to_vec(),
    };
    let tasks = Tasks { external: [(NETUID, program)].into(), ..Default::default() };
    tasks.open(NETUID, &descriptor)
}

/// A script whose loop over requests has this body; `id` is the request's.
fn script(folder: &Path, body: &str) -> Program {
    let path = folder.join("program.py");
    let text = format!(
        "#!/usr/bin/env python3\nimport json, os, sys, time\nfor line in sys.stdin:\n    \
         request = json.loads(line)\n    id = request['id']\n    {body}\n"
    );
    fs::write(&path, text).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    program(path)
}

/// The error of a challenge to such a script, and how long it took.
fn error_of(body: &str) -> (ExternalError, Duration) {
    let folder = tempfile::tempdir().unwrap();
    let task = open(script(folder.path(), body)).unwrap();
    let started = Instant::now();
    match task.challenge(&[1; 32]) {
        Err(TaskError::External(error)) => (error, started.elapsed()),
        other => panic!("{body}: {other:?}"),
    }
}

#[test]
fn example_should_tell_right_answers_from_wrong_ones() {
    let lines = fs::read_to_string(example()).unwrap().lines().count();
    assert!(lines < 60, "{lines} lines");
    let task = open(program(example())).unwrap();
    let question = task.challenge(&[1; 32]).unwrap();
    assert_eq!(task.challenge(&[1; 32]).unwrap(), question);
    assert_ne!(task.challenge(&[2; 32]).unwrap(), question);
    let Question::External { question: asked } = &question else { panic!("{question:?}") };
    let mut miner = Session::new(program(example()), None);
    let fields = [("question".to_owned(), asked.clone()), ("settings".to_owned(), json!({}))];
    let answer = miner.call("answer", Map::from_iter(fields)).unwrap().remove("answer").unwrap();
    let verdict = task.verify(&question, &Answer::External { answer: answer.clone() }).unwrap();
    assert!(verdict.passed, "{verdict:?}");
    assert_eq!(task.score(&verdict, Duration::ZERO), 1.0);
    assert_eq!(task.score(&verdict, Duration::from_secs(4)), 0.25);
    // 12 numbers in a row all right by chance: 2^-96.
    let off = |by: u64| json!({"number": answer["number"].as_u64().unwrap() + 1_000 + by});
    let wrong: Vec<_> = (0..12)
        .map(|by| task.verify(&question, &Answer::External { answer: off(by) }).unwrap())
        .collect();
    assert!(wrong
        .iter()
        .any(|verdict| !verdict.passed && task.score(verdict, Duration::ZERO) == 0.0));
    for answer in [json!(null), json!({"number": "1"}), json!({"number": -1}), json!([[[]]])] {
        assert!(!task.verify(&question, &Answer::External { answer }).unwrap().passed);
    }
    assert!(!task.uses_model());
}

#[test]
fn task_should_fail_in_words_whatever_the_program_does() {
    let cases = [
        ("time.sleep(60)", "did not answer `challenge` within"),
        ("print('x', file=sys.stderr, flush=True); sys.exit(3)", "last words: \"x\""),
        ("print('nonsense', flush=True)", "nonsense"),
        ("print('[]', flush=True)", "nonsense"),
        ("print(json.dumps({'id': id + 1, 'question': 1}), flush=True)", "its id is"),
        ("print(json.dumps({'id': id}), flush=True)", "no `question`"),
        ("print(json.dumps({'id': id, 'error': 'no wish'}), flush=True)", "no wish"),
        ("print(json.dumps({'id': id, 'question': 'x' * 200_000}), flush=True)", "larger than"),
        ("print('x' * 1_200_000, flush=True)", "longer than"),
        ("[sys.stdout.write('x' * 65536) for _ in iter(int, 1)]", "longer than"),
        (
            "hog = bytearray(1 << 30); print(json.dumps({'id': id, 'question': 1}), flush=True)",
            "MemoryError",
        ),
        ("os.close(1); time.sleep(60)", "ended on `challenge`"),
    ];
    for (body, says) in cases {
        let (error, took) = error_of(body);
        assert!(error.to_string().contains(says), "{body}: {error}");
        assert!(took < Duration::from_secs(5), "{body}: {took:?}");
    }
}

#[test]
fn session_should_end_its_children_and_go_on_after_a_failure() {
    let folder = tempfile::tempdir().unwrap();
    let mark = folder.path().join("mark");
    // Dies on the first call only; a child of it would write the mark after three seconds.
    let body = format!(
        "exec(\"if not os.path.exists('{0}.1'):\\n open('{0}.1','w')\\n if os.fork() == 0:\\n  \
         time.sleep(3); open('{0}','w')\\n os._exit(1)\"); print(json.dumps({{'id': id, 'question': 5}}), flush=True)",
        mark.display()
    );
    let task = open(script(folder.path(), &body)).unwrap();
    assert!(task.challenge(&[1; 32]).is_err());
    assert_eq!(task.challenge(&[1; 32]).unwrap(), Question::External { question: json!(5) });
    std::thread::sleep(Duration::from_millis(3_500));
    assert!(!mark.exists(), "a child outlived its program");
}

#[test]
fn session_should_stop_when_its_time_is_spent() {
    let folder = tempfile::tempdir().unwrap();
    let mut slow = script(folder.path(), "time.sleep(60)");
    slow.limits.call = Duration::from_millis(300);
    slow.limits.total = Duration::from_millis(500);
    let mut session = Session::new(slow, None);
    let errors: Vec<_> =
        (0..4).map(|_| session.call("challenge", Map::new()).unwrap_err()).collect();
    assert!(matches!(errors[0], ExternalError::Silent { .. }), "{errors:?}");
    assert!(matches!(errors[3], ExternalError::Spent { .. }), "{errors:?}");
}

#[test]
fn program_should_be_refused_when_its_file_is_another() {
    let folder = tempfile::tempdir().unwrap();
    let mark = folder.path().join("ran");
    let body = format!("open('{}', 'w')", mark.display());
    let program = script(folder.path(), &body);
    let task = open(program.clone()).unwrap();
    // Changed after it was opened: each start looks again.
    fs::write(&program.path, fs::read_to_string(&program.path).unwrap() + "#").unwrap();
    let error = task.challenge(&[1; 32]).unwrap_err().to_string();
    let found = hex::encode(Program::sha256(&program.path).unwrap());
    assert!(error.contains(&found) && error.contains(&hex::encode(task.model())), "{error}");
    assert!(!mark.exists());
}

#[test]
fn task_should_be_refused_when_nobody_approved_it() {
    let descriptor = |model| TaskDescriptor { kind: TaskKind::External, model, parameters: vec![] };
    let tasks = Tasks { external: [(NetUid(8), program(example()))].into(), ..Default::default() };
    let error = tasks.open(NETUID, &descriptor(Some([3; 32]))).err().unwrap().to_string();
    assert!(error.contains("--external 7=FILE") && error.contains("0303"), "{error}");
    assert!(matches!(tasks.open(NETUID, &descriptor(None)), Err(TaskError::NoProgram)));
}

#[test]
fn subnet_should_be_unharmed_when_the_program_of_another_hangs() {
    let folder = tempfile::tempdir().unwrap();
    let hanging = open(script(folder.path(), "time.sleep(60)")).unwrap();
    let well = open(program(example())).unwrap();
    std::thread::scope(|scope| {
        let hung = scope.spawn(|| hanging.challenge(&[1; 32]).is_err());
        let started = Instant::now();
        assert!(well.challenge(&[1; 32]).is_ok());
        assert!(started.elapsed() < Duration::from_millis(1_400), "{:?}", started.elapsed());
        assert!(hung.join().unwrap());
    });
}
