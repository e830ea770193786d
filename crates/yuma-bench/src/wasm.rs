//! The crate as WASM, run as the node runs its runtime.

use std::time::{Duration, Instant};

use alun_yuma::OwnedInput;
use anyhow::{ensure, Context, Result};
use wasmtime::{Config, Engine, Instance, InstancePre, Linker, Module, OptLevel, Store, TypedFunc};

use crate::wire;

/// `alun_yuma`, built by build.rs.
const MODULE: &[u8] = include_bytes!(env!("ALUN_YUMA_GUEST"));

/// The compiled module.
pub struct Wasm {
    engine: Engine,
    ready: InstancePre<()>,
}

impl Wasm {
    /// Compiles it with the settings of the node's executor (`sc-executor-wasmtime`, with what
    /// `sc-executor` passes to it).
    ///
    /// # Errors
    ///
    /// When the module does not compile.
    pub fn new() -> Result<Self> {
        let mut config = Config::new();
        config
            .cranelift_opt_level(OptLevel::SpeedAndSize)
            .cranelift_nan_canonicalization(false)
            .max_wasm_stack(1024 * 1024)
            .wasm_reference_types(false)
            .wasm_relaxed_simd(false)
            .wasm_simd(false)
            .wasm_bulk_memory(false)
            .wasm_multi_value(false)
            .wasm_multi_memory(false)
            .wasm_memory64(false)
            .wasm_extended_const(false)
            .memory_init_cow(true);
        let engine = Engine::new(&config)?;
        let module = Module::new(&engine, MODULE)?;
        let ready = Linker::new(&engine).instantiate_pre(&module)?;
        Ok(Self { engine, ready })
    }

    /// Runs the epoch in a new instance: how long it took, and the result as
    /// [`wire::encode_result`] has it.
    ///
    /// # Errors
    ///
    /// When the module traps or does not take the input.
    pub fn run(&self, subnet: &OwnedInput) -> Result<(Duration, Vec<u8>)> {
        let mut store = Store::new(&self.engine, ());
        let instance = self.ready.instantiate(&mut store)?;
        let memory = instance.get_memory(&mut store, "memory").context("no memory")?;
        let input = wire::encode(subnet);
        let reserve: TypedFunc<u32, u32> = instance.get_typed_func(&mut store, "reserve")?;
        let place = reserve.call(&mut store, u32::try_from(input.len())?)?;
        memory.write(&mut store, usize::try_from(place)?, &input)?;
        let load: TypedFunc<(), u32> = instance.get_typed_func(&mut store, "load")?;
        ensure!(load.call(&mut store, ())? == 1, "the module did not take the input");
        let run: TypedFunc<(), ()> = instance.get_typed_func(&mut store, "run")?;
        let start = Instant::now();
        run.call(&mut store, ())?;
        let took = start.elapsed();
        Ok((took, result(&mut store, &instance, &memory)?))
    }
}

fn result(
    store: &mut Store<()>,
    instance: &Instance,
    memory: &wasmtime::Memory,
) -> Result<Vec<u8>> {
    let result: TypedFunc<(), u64> = instance.get_typed_func(&mut *store, "result")?;
    let place = result.call(&mut *store, ())?;
    let (start, len) = (usize::try_from(place >> 32)?, usize::try_from(place & 0xffff_ffff)?);
    let mut bytes = vec![0; len];
    memory.read(&*store, start, &mut bytes)?;
    Ok(bytes)
}
