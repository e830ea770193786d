//! Builds `guest/` for the target of the runtime.

use std::{
    env,
    path::{Path, PathBuf},
    process::Command,
};

fn main() {
    let here = PathBuf::from(variable("CARGO_MANIFEST_DIR"));
    let target = Path::new(&variable("OUT_DIR")).join("guest");
    for source in
        ["guest/src", "guest/Cargo.toml", "guest/Cargo.lock", "src/wire.rs", "../yuma/src"]
    {
        println!("cargo::rerun-if-changed={}", here.join(source).display());
    }
    println!("cargo::rerun-if-env-changed=WASM_BUILD_TOOLCHAIN");
    let status = cargo()
        .args(["build", "--release", "--locked", "--target", "wasm32v1-none", "--manifest-path"])
        .arg(here.join("guest/Cargo.toml"))
        .arg("--target-dir")
        .arg(&target)
        .env_remove("CARGO_ENCODED_RUSTFLAGS")
        .env_remove("RUSTFLAGS")
        .env_remove("RUSTC_WORKSPACE_WRAPPER")
        .env_remove("RUSTC_WRAPPER")
        .status();
    assert!(
        status.as_ref().is_ok_and(|status| status.success()),
        "the WASM module was not built ({status:?}): `scripts/setup` installs its target"
    );
    let module = target.join("wasm32v1-none/release/alun_yuma_guest.wasm");
    println!("cargo::rustc-env=ALUN_YUMA_GUEST={}", module.display());
}

/// The cargo whose compiler knows the target: the WASM builder's, where scripts/env says which.
fn cargo() -> Command {
    match env::var("WASM_BUILD_TOOLCHAIN") {
        Ok(toolchain) if !toolchain.is_empty() => {
            let mut command = Command::new("rustup");
            command.args(["run", &toolchain, "cargo"]).env_remove("RUSTC");
            command
        }
        _ => Command::new(variable("CARGO")),
    }
}

fn variable(name: &str) -> String {
    env::var(name).unwrap_or_else(|_| panic!("cargo sets {name}"))
}
