//! Subnets of a new chain.

use crate::{
    hyperparameters::within_bounds, types::*, Config, DefaultSubnetLimit, GenesisConfig,
    GenesisKnobs, SubnetLimit,
};
use core::marker::PhantomData;
use frame::prelude::Get;

impl<T: Config> Default for GenesisConfig<T> {
    fn default() -> Self {
        let Knobs {
            default_hyperparameters,
            min_tempo_ms,
            min_lock,
            price_start,
            owner_rate_limit_ms,
            local,
            subnet_immunity_ms,
            notice_ms,
        } = Knobs::default();
        Self {
            default_hyperparameters,
            min_tempo_ms,
            subnet_limit: DefaultSubnetLimit::get(),
            min_lock,
            price_start,
            owner_rate_limit_ms,
            local,
            subnet_immunity_ms,
            notice_ms,
            _config: PhantomData,
        }
    }
}

impl<T: Config> GenesisConfig<T> {
    /// Checks it and writes it to storage.
    pub(crate) fn write(&self) {
        // A panic is how the genesis builder refuses a chain spec; no chain exists yet.
        assert!(self.min_tempo_ms > 0, "subnets.minTempoMs is 0; it must be at least 1 ms");
        for parameter in self.default_hyperparameters.list() {
            assert!(
                within_bounds(&parameter, self.min_tempo_ms),
                "subnets.defaultHyperparameters.{} is {}, outside its bounds",
                parameter.name(),
                parameter.number(),
            );
        }
        if let Err(why) = self.default_hyperparameters.cross_check() {
            panic!("subnets.defaultHyperparameters do not go together: {why:?}");
        }
        assert!(
            self.subnet_limit <= MAX_SUBNETS,
            "subnets.subnetLimit is {}; it must be at most {MAX_SUBNETS}",
            self.subnet_limit,
        );
        SubnetLimit::<T>::put(self.subnet_limit);
        GenesisKnobs::<T>::put(Knobs {
            default_hyperparameters: self.default_hyperparameters,
            min_tempo_ms: self.min_tempo_ms,
            min_lock: self.min_lock,
            price_start: self.price_start,
            owner_rate_limit_ms: self.owner_rate_limit_ms,
            local: self.local,
            subnet_immunity_ms: self.subnet_immunity_ms,
            notice_ms: self.notice_ms,
        });
    }
}
