//! Stake of a new chain.

use crate::{
    ChildDelay, Config, DustLimit, GenesisConfig, Hotkeys, MaxTake, Pallet, RootStream, RootWeight,
    TakeNotice,
};
use alun_primitives::traits::KeyRegistry;
use frame::token::fungible::{Inspect, Mutate};

impl<T: Config> GenesisConfig<T> {
    /// Checks it and writes it to storage.
    pub(crate) fn write(&self) {
        // A panic is how the genesis builder refuses a chain spec; no chain exists yet.
        for (name, ppm) in [("rootWeight", self.root_weight), ("maxTake", self.max_take)] {
            assert!(ppm <= 1_000_000, "stake.{name} is {ppm}; it must not exceed 1000000 (ppm)");
        }
        RootWeight::<T>::put(self.root_weight);
        DustLimit::<T>::put(self.dust_limit);
        MaxTake::<T>::put(self.max_take);
        TakeNotice::<T>::put(self.take_notice_ms);
        RootStream::<T>::put(self.root_stream_ms);
        ChildDelay::<T>::put(self.child_delay_ms);
        for (hotkey, coldkey) in &self.hotkeys {
            assert!(
                !Hotkeys::<T>::contains_key(hotkey),
                "stake.hotkeys names the hotkey {hotkey:?} twice"
            );
            Pallet::<T>::bind_unchecked(hotkey, coldkey);
        }
        // The existential deposit of the account that holds all stake: belongs to nobody.
        let deposit = <T::Currency as Inspect<T::AccountId>>::minimum_balance();
        let funded =
            <T::Currency as Mutate<T::AccountId>>::mint_into(&Pallet::<T>::account(), deposit);
        assert!(funded.is_ok(), "the stake account can't hold its existential deposit");
    }
}
