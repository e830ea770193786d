//! Where a value comes from, and what is said when it is wrong.

use alun_settings::{exit, parse_from, Secret, SettingsError};
use clap::{Parser, Subcommand, ValueEnum};
use std::{path::PathBuf, sync::Mutex};

/// The environment belongs to the process: tests that set it take turns.
static ENVIRONMENT: Mutex<()> = Mutex::new(());

#[derive(Clone, Copy, Debug, PartialEq, ValueEnum)]
enum Device {
    Cpu,
    Cuda,
}

#[derive(Debug, Parser)]
struct Args {
    /// Port to serve on.
    #[arg(long, default_value_t = 8091)]
    settings_port: u16,
    /// Node to ask.
    #[arg(long)]
    settings_node: String,
    /// Hotkeys to serve.
    #[arg(long)]
    settings_hotkey: Vec<String>,
    /// Subnets, separated by commas.
    #[arg(long, value_delimiter = ',')]
    settings_netuids: Vec<u16>,
    /// Print JSON.
    #[arg(long)]
    settings_json: bool,
    /// More log lines.
    #[arg(long, action = clap::ArgAction::Count)]
    settings_verbose: u8,
    /// Where to compute.
    #[arg(long, value_enum, default_value = "cpu")]
    settings_device: Device,
    /// Password.
    #[arg(long, hide_env_values = true)]
    settings_password: Option<Secret>,
    /// Most to pay.
    #[arg(long, value_parser = clap::value_parser!(u64).range(1..=10))]
    settings_limit: Option<u64>,
    #[command(subcommand)]
    command: Option<Sub>,
}

#[derive(Debug, PartialEq, Subcommand)]
enum Sub {
    /// Serve.
    Serve {
        /// Threads.
        #[arg(long, default_value_t = 1)]
        settings_threads: u32,
        #[command(subcommand)]
        inner: Option<Inner>,
    },
}

#[derive(Debug, PartialEq, Subcommand)]
enum Inner {
    /// Once.
    Once {
        /// Wait this long.
        #[arg(long)]
        settings_wait: u32,
    },
}

struct Case {
    folder: tempfile::TempDir,
}

impl Case {
    fn new(toml: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("a.toml"), toml).unwrap();
        Self { folder }
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("a.toml")
    }

    fn parse(&self, line: &str) -> Result<Args, SettingsError> {
        let file = self.file();
        let mut words = vec!["x", "--config", file.to_str().unwrap()];
        words.extend(line.split_whitespace());
        parse_from(words)
    }
}

fn with_variable<T>(name: &str, value: &str, run: impl FnOnce() -> T) -> T {
    let turn = ENVIRONMENT.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    std::env::set_var(name, value);
    let result = run();
    std::env::remove_var(name);
    drop(turn);
    result
}

/// Runs without anyone else's variables.
fn quiet<T>(run: impl FnOnce() -> T) -> T {
    with_variable("ALUN_SETTINGS_UNUSED", "", run)
}

const FULL: &str = r#"
settings-port = 1000
settings_node = "ws://a"
settings-hotkey = ["one", "two"]
settings-netuids = [1, 2]
settings-json = true
settings-verbose = 2
settings-device = "cuda"
settings-password = "hunter2"

[serve]
settings-threads = 8
[serve.once]
settings-wait = 3
"#;

#[test]
fn file_should_win_over_defaults_when_nothing_else_is_given() {
    let args = quiet(|| Case::new(FULL).parse("serve once")).unwrap();
    assert_eq!(args.settings_port, 1000);
    assert_eq!(args.settings_node, "ws://a");
    assert_eq!(args.settings_hotkey, ["one", "two"]);
    assert_eq!(args.settings_netuids, [1, 2]);
    assert!(args.settings_json);
    assert_eq!(args.settings_verbose, 2);
    assert_eq!(args.settings_device, Device::Cuda);
    assert_eq!(args.settings_password.unwrap().expose(), "hunter2");
    let inner = Some(Inner::Once { settings_wait: 3 });
    assert_eq!(args.command, Some(Sub::Serve { settings_threads: 8, inner }));
}

#[test]
fn flag_should_win_over_environment_and_file_when_all_are_given() {
    let case = Case::new(FULL);
    let args = with_variable("ALUN_SETTINGS_PORT", "2000", || {
        case.parse("--settings-port 3000 --settings-hotkey three").unwrap()
    });
    assert_eq!(args.settings_port, 3000);
    assert_eq!(args.settings_hotkey, ["three"]);
}

#[test]
fn environment_should_win_over_the_file_when_no_flag_is_given() {
    let case = Case::new(FULL);
    let args = with_variable("ALUN_SETTINGS_PORT", "2000", || case.parse("").unwrap());
    assert_eq!(args.settings_port, 2000);
    let args = with_variable("ALUN_SETTINGS_JSON", "off", || case.parse("").unwrap());
    assert!(!args.settings_json);
    let args = with_variable("ALUN_SETTINGS_NETUIDS", "4,5", || case.parse("").unwrap());
    assert_eq!(args.settings_netuids, [4, 5]);
    let args = with_variable("ALUN_SETTINGS_THREADS", "5", || case.parse("serve").unwrap());
    assert_eq!(args.command, Some(Sub::Serve { settings_threads: 5, inner: None }));
}

#[test]
fn file_should_be_found_when_the_environment_names_it() {
    let case = Case::new(FULL);
    let file = case.file();
    let args: Args = with_variable("ALUN_CONFIG", file.to_str().unwrap(), || {
        parse_from(["x", "--settings-verbose"]).unwrap()
    });
    assert_eq!((args.settings_port, args.settings_verbose), (1000, 1));
}

#[test]
fn required_flag_should_still_be_asked_for_when_the_file_lacks_it() {
    let error = quiet(|| Case::new("settings-port = 1").parse("")).unwrap_err();
    assert_eq!(error.exit_code(), exit::USAGE);
    assert!(error.to_string().contains("--settings-node"), "{error}");
}

#[test]
fn key_should_be_refused_with_the_nearest_one_when_it_is_unknown() {
    for (toml, key, hint) in [
        ("settings-prot = 1", "`settings-prot`", "`settings-port`"),
        ("config = 'x'", "`config`", "known keys: "),
        ("[serve]\nsettings-thread = 1", "`serve.settings-thread`", "`settings-threads`"),
        ("[sevre]\na = 1", "`sevre`", "`serve`"),
        ("[serve.twice]\na = 1", "`serve.twice`", "known keys: settings-threads, once"),
    ] {
        let case = Case::new(toml);
        let error = quiet(|| case.parse("--settings-node x")).unwrap_err();
        let text = error.to_string();
        assert_eq!(error.exit_code(), exit::CONFIG, "{text}");
        for part in [key, hint, case.file().to_str().unwrap()] {
            assert!(text.contains(part), "{part} in {text}");
        }
    }
}

#[test]
fn value_should_be_refused_with_the_right_form_when_it_is_wrong() {
    for (toml, part) in [
        ("settings-port = 'abc'", "settings-port = <SETTINGS_PORT> (Port to serve on)"),
        ("settings-port = 70000", "70000"),
        ("settings-port = [1, 2]", "one value is needed"),
        ("settings-port = { a = 1 }", "a single value is needed"),
        ("settings-json = 1", "settings-json = true or false"),
        ("settings-verbose = -1", "0 to 255"),
        ("settings-device = 'tpu'", "one of cpu, cuda"),
        ("settings-netuids = [1, 'x']", "invalid digit"),
        ("settings-limit = 11", "11 is not in 1..=10"),
        ("settings-port = 1\nsettings_port = 2", "twice"),
    ] {
        let error = quiet(|| Case::new(toml).parse("--settings-node x")).unwrap_err();
        assert_eq!(error.exit_code(), exit::CONFIG, "{toml}: {error}");
        assert!(error.to_string().contains(part), "{part} in {error}");
    }
}

#[test]
fn variable_should_be_named_when_its_value_is_wrong() {
    let error = with_variable("ALUN_SETTINGS_LIMIT", "12", || {
        Case::new("").parse("--settings-node x").unwrap_err()
    });
    let text = error.to_string();
    assert_eq!(error.exit_code(), exit::CONFIG, "{text}");
    assert!(text.contains("ALUN_SETTINGS_LIMIT=12: 12 is not in 1..=10"), "{text}");
    let error = with_variable("ALUN_SETTINGS_THREADS", "few", || {
        Case::new("").parse("--settings-node x serve").unwrap_err()
    });
    assert!(error.to_string().contains("ALUN_SETTINGS_THREADS=few"), "{error}");
}

#[test]
fn flag_should_be_blamed_when_the_flag_is_wrong() {
    let error = with_variable("ALUN_SETTINGS_LIMIT", "12", || {
        Case::new("").parse("--settings-node x --settings-limit 12").unwrap_err()
    });
    assert!(matches!(error, SettingsError::Flags(_)), "{error}");
    assert_eq!(error.exit_code(), exit::USAGE);
}

#[test]
fn file_should_be_refused_when_it_is_missing_or_not_toml() {
    let error = quiet(|| parse_from::<Args, _, _>(["x", "--config", "/nowhere/a.toml"]));
    let error = error.unwrap_err();
    assert!(error.to_string().contains("/nowhere/a.toml"), "{error}");
    assert_eq!(error.exit_code(), exit::CONFIG);
    let error = quiet(|| Case::new("a = = 1").parse("")).unwrap_err();
    assert!(error.to_string().contains("line 1"), "{error}");
    assert_eq!(error.exit_code(), exit::CONFIG);
}

#[test]
fn help_should_hide_secrets_and_end_well_when_asked_for() {
    let error = quiet(|| Case::new(FULL).parse("--help")).unwrap_err();
    assert_eq!(error.exit_code(), exit::OK);
    let text = error.to_string();
    assert!(text.contains("ALUN_SETTINGS_PORT") && text.contains("1000"), "{text}");
    assert!(text.contains("--config <FILE>"), "{text}");
    assert!(!text.contains("hunter2"), "{text}");
}

#[test]
fn secret_should_be_masked_when_its_value_is_refused() {
    let case = Case::new("settings-password = ['hunter2']");
    let error = quiet(|| case.parse("--settings-node x")).unwrap_err();
    assert!(!error.to_string().contains("hunter2"), "{error}");
}
