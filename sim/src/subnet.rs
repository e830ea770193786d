//! A subnet that lives from epoch to epoch: the little that the chain keeps between two of them.

pub use alun_primitives::max_upscale;
use alun_yuma::{epoch, BondRule, EpochError, Input, LiquidAlpha, Neuron, Output, Params, Row};

/// A subnet without a chain: what an epoch reads, and the block.
#[derive(Clone, Debug)]
pub struct Subnet {
    /// The parameters; `now` and `last_epoch` are set by each epoch.
    pub params: Params,
    /// The present block.
    pub block: u64,
    /// The neurons by uid.
    pub neurons: Vec<Neuron>,
    /// Their weight rows.
    pub rows: Vec<Row>,
    /// The bonds that they hold.
    pub bonds: Vec<Row>,
}

impl Subnet {
    /// Neurons with these stakes, registered at `block`, without permits, rows and bonds.
    pub fn new(params: Params, stakes: &[u64], block: u64) -> Self {
        Self {
            params,
            block,
            neurons: stakes.iter().map(|stake| newcomer(*stake, block)).collect(),
            rows: vec![Row::new(); stakes.len()],
            bonds: vec![Row::new(); stakes.len()],
        }
    }

    /// Puts a row in force that was committed at `committed`: that block is what the scores count
    /// from and what activity is measured by.
    pub fn set_row(&mut self, uid: usize, row: Row, committed: u64) {
        self.rows[uid] = row;
        self.neurons[uid].last_update = committed;
        self.neurons[uid].last_submission = self.neurons[uid].last_submission.max(committed);
    }

    /// A new neuron takes the uid: no permit, row or bonds.
    pub fn replace(&mut self, uid: usize, stake: u64) {
        self.neurons[uid] = newcomer(stake, self.block);
        self.rows[uid].clear();
        self.bonds[uid].clear();
    }

    /// Takes away all bonds on a uid.
    pub fn reset_bonds_column(&mut self, column: u16) {
        for row in &mut self.bonds {
            row.retain(|(uid, _)| *uid != column);
        }
    }

    /// Runs an epoch at this block, the one before having been at `last_epoch`, and keeps its
    /// permits and bonds.
    ///
    /// # Errors
    ///
    /// Those of [`alun_yuma::epoch`]; nothing changes then.
    pub fn epoch(&mut self, last_epoch: u64) -> Result<Output, EpochError> {
        let params = Params { now: self.block, last_epoch, ..self.params };
        let (neurons, rows, bonds) = (&self.neurons, &self.rows, &self.bonds);
        let output = epoch(&Input { params: &params, neurons, rows, bonds })?;
        for (neuron, result) in self.neurons.iter_mut().zip(&output.neurons) {
            neuron.permit = result.permit;
        }
        self.bonds.clone_from(&output.bonds);
        Ok(output)
    }
}

fn newcomer(stake: u64, block: u64) -> Neuron {
    Neuron { stake, last_update: block, last_submission: block, registered: block, permit: false }
}

/// The chain's defaults for a new subnet, without a stake threshold and with nobody inactive.
pub fn params(validators: u16) -> Params {
    Params {
        kappa: 32_767,
        bonds_penalty: u16::MAX,
        bonds_moving_average: 900_000,
        bond_rule: BondRule::StakeFree,
        liquid_alpha: None,
        activity_cutoff: u64::from(u32::MAX),
        max_validators: validators,
        stake_threshold: 0,
        owner: None,
        last_epoch: 0,
        now: 0,
    }
}

/// Liquid alpha with the chain's defaults where it is on.
pub fn liquid_alpha(on: bool) -> Option<LiquidAlpha> {
    on.then(LiquidAlpha::default)
}

/// A row of shares in any scale as the chain stores it: the largest is 65,535, zeros are left out.
/// Negative shares count as zero.
pub fn row_of(shares: impl IntoIterator<Item = (u16, f64)>) -> Row {
    let shares: Vec<(u16, f64)> = shares.into_iter().filter(|(_, share)| *share > 0.0).collect();
    let largest = shares.iter().map(|(_, share)| *share).fold(f64::MIN_POSITIVE, f64::max);
    shares
        .into_iter()
        .map(|(uid, share)| (uid, part_of_u16(share / largest)))
        .filter(|(_, value)| *value > 0)
        .collect()
}

/// A part in \[0, 1\] in 1/65535, to the nearest.
pub fn part_of_u16(part: f64) -> u16 {
    // A float that is cast saturates; the clamp says what is meant.
    (part.clamp(0.0, 1.0) * f64::from(u16::MAX)).round() as u16
}

/// A parameter that is given as a part in \[0, 1\], in 1/65535: to the nearest, a half down, so that
/// 0.5 is 32,767, the chain's default κ. What people type is checked where it is read.
pub fn parameter(part: f64) -> u16 {
    (part * f64::from(u16::MAX) - 0.5).ceil() as u16
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameter_should_be_the_nearest_and_a_half_the_chains_default_kappa() {
        let parts = [0.0, 0.5, 1.0, 0.6, 0.25, 0.1, 1e-9].map(parameter);
        assert_eq!(parts, [0, 32_767, 65_535, 39_321, 16_384, 6_553, 0]);
        let defaults = alun_client::Hyperparameters::default();
        assert_eq!((parameter(0.5), parameter(1.0)), (defaults.kappa, defaults.bonds_penalty));
        assert_eq!(params(0).kappa, defaults.kappa);
    }
}
