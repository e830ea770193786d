//! `alun_yuma` as a WASM module: `reserve` room for an input, `load` it, `run` the epoch, take what
//! `result` points at. An instance runs one epoch, as a call into a runtime does. `read` only looks at
//! the input.
#![no_std]

extern crate alloc;

mod memory;
#[path = "../../src/wire.rs"]
mod wire;

use alloc::vec::Vec;
use core::cell::UnsafeCell;

use alun_yuma::{epoch, EpochError, Output, OwnedInput};

/// What the instance holds between two calls.
struct State {
    bytes: Vec<u8>,
    subnet: Option<OwnedInput>,
    result: Option<Result<Output, EpochError>>,
}

/// A cell that says it may be shared: a WASM instance of this module has one thread.
struct Single(UnsafeCell<State>);
// SAFETY: there is no second thread.
unsafe impl Sync for Single {}

static STATE: Single =
    Single(UnsafeCell::new(State { bytes: Vec::new(), subnet: None, result: None }));

fn with<T>(act: impl FnOnce(&mut State) -> T) -> T {
    // SAFETY: there is one thread, and no `act` calls `with`.
    act(unsafe { &mut *STATE.0.get() })
}

/// Room for an input of so many bytes; says where.
#[no_mangle]
pub extern "C" fn reserve(len: u32) -> u32 {
    with(|state| {
        state.bytes.resize(len as usize, 0);
        state.bytes.as_ptr() as u32
    })
}

/// Reads the input from the room; 0 if it is none.
#[no_mangle]
pub extern "C" fn load() -> u32 {
    with(|state| {
        state.subnet = wire::decode(&state.bytes);
        u32::from(state.subnet.is_some())
    })
}

/// Runs the epoch: what is measured.
#[no_mangle]
pub extern "C" fn run() {
    with(|state| state.result = state.subnet.as_ref().map(|subnet| epoch(&subnet.input())));
}

/// Looks at the input once: what a run is compared with.
#[no_mangle]
pub extern "C" fn read() -> u64 {
    with(|state| state.subnet.as_ref().map_or(0, wire::read_once))
}

/// The result as bytes: the address in the upper half, the length in the lower.
#[no_mangle]
pub extern "C" fn result() -> u64 {
    with(|state| {
        state.bytes = state.result.as_ref().map_or_else(Vec::new, wire::encode_result);
        ((state.bytes.as_ptr() as u64) << 32) | state.bytes.len() as u64
    })
}

#[panic_handler]
fn panic(_: &core::panic::PanicInfo) -> ! {
    core::arch::wasm32::unreachable()
}
