//! The Python of docs/weights.md gives the root that this crate gives.

use std::{fs, path::Path, process::Command};

#[test]
fn python_of_the_docs_should_give_the_same_root() {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/weights.md");
    let text = fs::read_to_string(docs).unwrap();
    let (_, rest) = text.split_once("python3 - evidence-7.jsonl <<'END'\n").unwrap();
    let (script, _) = rest.split_once("\nEND\n").unwrap();
    let file = std::env::temp_dir().join(format!("alun-evidence-{}.jsonl", std::process::id()));
    for count in [0usize, 1, 2, 3, 5, 8, 13] {
        let lines: String = (0..count).map(|at| format!("{{\"leaf\":{at}}}\n")).collect();
        fs::write(&file, &lines).unwrap();
        let ran = Command::new("python3").args(["-c", script]).arg(&file).output().unwrap();
        let said = String::from_utf8(ran.stdout).unwrap();
        let right = hex::encode(alun_evidence::root_of(lines.as_bytes()));
        assert_eq!(said.trim(), right, "{count} lines: {}", String::from_utf8_lossy(&ran.stderr));
    }
    fs::remove_file(file).unwrap();
}
