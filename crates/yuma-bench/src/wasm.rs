//! The crate as WASM, run as the node runs its runtime.

use std::{
    hint::black_box,
    time::{Duration, Instant},
};

use alun_yuma::OwnedInput;
use anyhow::{ensure, Context, Result};
use wasmtime::{
    Config, Engine, Instance, InstancePre, Linker, Memory, Module, OptLevel, Store, TypedFunc,
    WasmParams, WasmResults,
};

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
        let mut loaded = self.load(subnet)?;
        let run: TypedFunc<(), ()> = loaded.function("run")?;
        let start = Instant::now();
        run.call(&mut loaded.store, ())?;
        let took = start.elapsed();
        Ok((took, loaded.result()?))
    }

    /// Looks at the input once, in a new instance: how long that took.
    ///
    /// # Errors
    ///
    /// As [`Self::run`].
    pub fn read_once(&self, subnet: &OwnedInput) -> Result<Duration> {
        let mut loaded = self.load(subnet)?;
        let read: TypedFunc<(), u64> = loaded.function("read")?;
        let start = Instant::now();
        black_box(read.call(&mut loaded.store, ())?);
        Ok(start.elapsed())
    }

    fn load(&self, subnet: &OwnedInput) -> Result<Loaded> {
        let mut store = Store::new(&self.engine, ());
        let instance = self.ready.instantiate(&mut store)?;
        let memory = instance.get_memory(&mut store, "memory").context("no memory")?;
        let mut loaded = Loaded { store, instance, memory };
        let input = wire::encode(subnet);
        let reserve: TypedFunc<u32, u32> = loaded.function("reserve")?;
        let place = reserve.call(&mut loaded.store, u32::try_from(input.len())?)?;
        memory.write(&mut loaded.store, usize::try_from(place)?, &input)?;
        let load: TypedFunc<(), u32> = loaded.function("load")?;
        ensure!(load.call(&mut loaded.store, ())? == 1, "the module did not take the input");
        Ok(loaded)
    }
}

/// An instance that has its input.
struct Loaded {
    store: Store<()>,
    instance: Instance,
    memory: Memory,
}

impl Loaded {
    fn function<P: WasmParams, R: WasmResults>(&mut self, name: &str) -> Result<TypedFunc<P, R>> {
        self.instance.get_typed_func(&mut self.store, name)
    }

    fn result(&mut self) -> Result<Vec<u8>> {
        let result: TypedFunc<(), u64> = self.function("result")?;
        let place = result.call(&mut self.store, ())?;
        let (start, len) = (usize::try_from(place >> 32)?, usize::try_from(place & 0xffff_ffff)?);
        let mut bytes = vec![0; len];
        self.memory.read(&self.store, start, &mut bytes)?;
        Ok(bytes)
    }
}
