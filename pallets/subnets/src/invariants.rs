//! The pallet's laws, checked over the whole state: by `try_state`, by a runtime API, and after
//! every test. Never in a block.

use crate::{
    hyperparameters::sound,
    types::{NoticeEnds, MAX_MECHANISMS},
    Config, Endpoints, GenesisKnobs, HyperparametersOf, Metadata, NeuronCount, Neurons, NextNetuid,
    NoticeQueue, Notices, NoticesEnd, Offers, Pallet, RegistrationPrice, Reservations, SubnetInfo,
    Subnets, Tasks, Uids, Vacant,
};
use alun_primitives::{
    traits::{AlphaMarket, KeyRegistry, NeuronRegistry},
    NetUid, TradeError, Uid,
};
use frame::{prelude::ensure, traits::fungible::Inspect};

type Check = Result<(), &'static str>;

impl<T: Config> Pallet<T> {
    /// Checks every invariant of the pallet; the error starts with the number of the broken one.
    pub fn check_invariants() -> Check {
        Self::check_subnets()?;
        Self::check_notices()?;
        for netuid in Self::netuids() {
            let subnet = Subnets::<T>::get(netuid).ok_or("N6: a netuid has no subnet")?;
            Self::check_neurons(netuid)?;
            Self::check_subnet(netuid, &subnet)?;
        }
        Self::check_endpoints()
    }

    /// N6: a netuid below the next one belongs to a subnet or is vacant, and nothing belongs to a subnet
    /// that does not exist.
    fn check_subnets() -> Check {
        let next = NextNetuid::<T>::get();
        ensure!(next >= 1, "N6: root is not a subnet");
        let vacant = Vacant::<T>::get();
        let ascending = vacant.iter().zip(vacant.iter().skip(1)).all(|(a, b)| a < b);
        ensure!(ascending, "N6: vacant netuids are out of order");
        let given = |netuid: &NetUid| netuid.0 >= 1 && netuid.0 < next;
        ensure!(vacant.iter().all(given), "N6: a vacant netuid was never given");
        let live = |netuid: NetUid| given(&netuid) && vacant.binary_search(&netuid).is_err();
        let expected = usize::from(Self::subnet_count());
        ensure!(Subnets::<T>::iter_keys().count() == expected, "N6: a netuid is neither");
        ensure!(Subnets::<T>::iter_keys().all(live), "N6: a subnet has a vacant netuid");
        let strays = Tasks::<T>::iter_keys()
            .chain(Metadata::<T>::iter_keys())
            .chain(Offers::<T>::iter_keys())
            .chain(Notices::<T>::iter_keys())
            .chain(Reservations::<T>::iter_keys())
            .chain(HyperparametersOf::<T>::iter_keys())
            .chain(RegistrationPrice::<T>::iter_keys())
            .chain(NeuronCount::<T>::iter_keys())
            .chain(Neurons::<T>::iter_keys().map(|(netuid, _)| netuid))
            .chain(Uids::<T>::iter_keys().map(|(netuid, _)| netuid))
            .any(|netuid| !live(netuid));
        ensure!(!strays, "N6: something belongs to no subnet");
        Ok(())
    }

    /// N8: every notice stands in the queue once, by its end, only the first may be over; who waits for a
    /// slot waits for one under notice, and its lock lies in escrow.
    fn check_notices() -> Check {
        let NoticeEnds { head, tail } = NoticesEnd::<T>::get();
        let inside = NoticeQueue::<T>::iter_keys().all(|number| (head..tail).contains(&number));
        ensure!(inside, "N8: a number outside of the queue of notices");
        let (mut last, mut count) = (0, 0usize);
        for number in head..tail {
            let netuid =
                NoticeQueue::<T>::get(number).ok_or("N8: the queue of notices has gaps")?;
            let notice = Notices::<T>::get(netuid).ok_or("N8: no notice of a queued netuid")?;
            ensure!(notice.until >= last, "N8: notices are out of order");
            ensure!(!notice.over || number == head, "N8: two subnets are wound up at once");
            last = notice.until;
            count = count.saturating_add(1);
        }
        ensure!(Notices::<T>::iter_keys().count() == count, "N8: a notice is not queued");
        let mut locks = 0u64;
        for (netuid, newcomer) in Reservations::<T>::iter() {
            ensure!(Notices::<T>::contains_key(netuid), "N8: a slot is reserved without a notice");
            locks = locks.checked_add(newcomer.lock).ok_or("N8: locks overflow")?;
        }
        let held = T::Currency::balance(&Self::escrow());
        ensure!(held >= locks, "N8: the escrow holds less than the locks in it");
        Ok(())
    }

    /// N1: uids are 0..n without gaps and `uid_of` is their inverse. X3: every hotkey with a uid
    /// has a coldkey.
    fn check_neurons(netuid: NetUid) -> Check {
        let neurons = NeuronCount::<T>::get(netuid);
        let n = usize::from(neurons);
        let pages = Neurons::<T>::iter_prefix_values(netuid);
        ensure!(pages.map(|page| page.len()).sum::<usize>() == n, "N1: uids past the count");
        ensure!(Uids::<T>::iter_key_prefix(netuid).count() == n, "N1: hotkeys without a uid");
        for uid in (0..neurons).map(Uid) {
            // Where it is looked for: a page that is not full would shift all after it.
            let neuron = Self::neuron(netuid, uid).ok_or("N1: uids have gaps")?;
            let back = Uids::<T>::get(netuid, &neuron.hotkey);
            ensure!(back == Some(uid), "N1: uid_of is not the inverse of neurons");
            let bound = T::Keys::coldkey_of(&neuron.hotkey).is_some();
            ensure!(bound, "X3: a hotkey with a uid has no coldkey");
        }
        Ok(())
    }

    fn check_subnet(netuid: NetUid, subnet: &SubnetInfo<T::AccountId>) -> Check {
        // The market goes before the subnet, and neurons one by one.
        let over = Notices::<T>::get(netuid).is_some_and(|notice| notice.over);
        let seated = over || Uids::<T>::contains_key(netuid, &subnet.owner_hotkey);
        ensure!(seated, "N2: the owner's hotkey has no uid");
        ensure!(Tasks::<T>::contains_key(netuid), "N6: a subnet has no task");
        ensure!(RegistrationPrice::<T>::contains_key(netuid), "N6: a subnet has no price");
        let mechanisms = (1..=MAX_MECHANISMS).contains(&subnet.mechanisms);
        ensure!(mechanisms, "N6: the number of mechanisms is out of bounds");
        let values =
            HyperparametersOf::<T>::get(netuid).ok_or("N5: a subnet has no hyperparameters")?;
        let min_tempo_ms = GenesisKnobs::<T>::get().min_tempo_ms;
        ensure!(sound(&values, min_tempo_ms), "N5: hyperparameters out of bounds or at odds");
        let neurons = NeuronCount::<T>::get(netuid);
        ensure!(neurons <= values.max_neurons, "N5: more neurons than max_neurons");
        let market = over || T::Market::tradable(netuid) != Err(TradeError::NoMarket);
        ensure!(market, "N7: a subnet has no market");
        Ok(())
    }

    /// N3: an endpoint belongs to a live uid, whose holder announced it.
    fn check_endpoints() -> Check {
        for (netuid, uid, endpoint) in Endpoints::<T>::iter() {
            let neuron = Self::neuron(netuid, uid).ok_or("N3: an endpoint belongs to no neuron")?;
            let own = neuron.announced_at == Some(endpoint.announced_at);
            ensure!(own, "N3: an endpoint is not of the present holder");
        }
        Ok(())
    }
}
