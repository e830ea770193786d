//! The miner as its clients see it: real HTTP on a real socket, real models, and a chain given as
//! data. `scripts/models` fetches the models.

mod answers;
mod checks;
mod harness;
mod limits;
mod proxy;
mod streams;
