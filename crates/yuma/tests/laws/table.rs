//! The table of the laws in docs/tests.md, and how many cases each of them has.

use crate::{config, CASES};

/// The laws, by file.
const FILES: [(&str, &str); 5] = [
    ("divide", include_str!("divide.rs")),
    ("epochs", include_str!("epochs.rs")),
    ("hostile", include_str!("hostile.rs")),
    ("pieces", include_str!("pieces.rs")),
    ("silent", include_str!("silent.rs")),
];
const MAIN: &str = include_str!("main.rs");
const DOCS: &str = include_str!("../../../../docs/tests.md");
const SCRIPT: &str = include_str!("../../../../scripts/fuzz-yuma");

/// The tests of a file, by name.
fn tests(source: &'static str) -> Vec<&'static str> {
    let after = |test: &&str| test.trim_start().starts_with("fn ");
    let name = |test: &'static str| test.trim_start().trim_start_matches("fn ").split('(').next();
    source.split("#[test]\n").skip(1).filter(after).filter_map(name).collect()
}

/// The cells of the table's rows: law, tests, cases in every run, cases on demand.
fn table() -> Vec<Vec<&'static str>> {
    let rows = DOCS.lines().skip_while(|line| !line.starts_with("| law |")).skip(2);
    let cells = |row: &'static str| row.trim_matches('|').split('|').map(str::trim).collect();
    rows.take_while(|row| row.starts_with('|')).map(cells).collect()
}

/// A number as the docs write it.
fn number(text: &str) -> Option<u32> {
    text.replace(',', "").parse().ok()
}

#[test]
fn every_law_should_have_a_thousand_cases_when_nobody_asks_for_more() {
    const { assert!(CASES >= 1_000) };
    let cases = config().cases;
    assert!(cases >= 1_000, "PROPTEST_CASES={cases} is fewer than a law must have");
    for (file, source) in FILES {
        assert!(MAIN.contains(&format!("\nmod {file};")), "{file} is run");
        // One way to say how many.
        let (groups, runners) =
            (source.matches("proptest! {").count(), source.matches(".run(&").count());
        let said = source.matches("proptest_config(config())").count()
            + source.matches("..config()").count();
        assert_eq!(groups + runners, said, "{file}: a law that says its number of cases itself");
        assert!(!source.contains("with_cases"), "{file}: a law with a number of its own");
    }
    let files = MAIN.lines().filter(|line| line.starts_with("mod ")).count();
    assert_eq!(
        files,
        FILES.len() + ["common", "inputs", "table"].len(),
        "a file that is not listed"
    );
}

#[test]
fn table_should_name_every_law_and_its_cases() {
    let table = table();
    assert!(table.len() >= 9, "the laws of the specification: {table:?}");
    let named = |name: &str| {
        let name = format!("`{name}`");
        table
            .iter()
            .filter(|row| row[1].split(' ').any(|cell| cell.trim_end_matches(',') == name))
            .count()
    };
    let all: Vec<_> = FILES.iter().flat_map(|(_, source)| tests(source)).collect();
    for name in &all {
        assert_eq!(named(name), 1, "{name}");
    }
    let told: usize = table.iter().map(|row| row[1].matches('`').count() / 2).sum();
    assert_eq!(told, all.len(), "a test that there is not");
    let default = SCRIPT.lines().find_map(|line| line.strip_prefix("cases="));
    let on_demand = default.and_then(|rest| number(rest.split(' ').next()?));
    for row in &table {
        assert_eq!([number(row[2]), number(row[3])], [Some(CASES), on_demand], "{row:?}");
    }
}
