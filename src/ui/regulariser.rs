//! The cycle of regularisers behind one key, and the steps of their strength.
//!
//! Does not depend on which run they are for.

use crate::protocol::{Activation, Augmentation, Regulariser};

/// The stations of the cycle: none, L2, forward noise, backward noise, both noises, augmentation; each in the
/// strength that the study uses, or where that shows nothing, the mildest that does.
#[must_use]
pub fn stations() -> [Regulariser; 6] {
    let none = Regulariser::default();
    [
        none,
        Regulariser { l2: 1e-4, ..none },
        Regulariser { forward_noise: 0.1, ..none },
        Regulariser { backward_noise: 0.01, ..none },
        Regulariser { forward_noise: 0.1, backward_noise: 0.01, ..none },
        Regulariser { augment: Augmentation::STUDY, ..none },
    ]
}

/// Which parts a regulariser has, whatever their strength.
fn parts(regulariser: &Regulariser) -> [bool; 4] {
    [
        regulariser.l2 > 0.0,
        regulariser.forward_noise > 0.0,
        regulariser.backward_noise > 0.0,
        regulariser.augment != Augmentation::Off,
    ]
}

/// The next station of the cycle, or the one before; from a combination outside of the cycle, its start.
#[must_use]
pub fn next(regulariser: &Regulariser, forward: bool) -> Regulariser {
    let stations = stations();
    let here = stations.iter().position(|station| parts(station) == parts(regulariser));
    let count = stations.len();
    match here {
        Some(here) => stations[(here + if forward { 1 } else { count - 1 }) % count],
        None => stations[0],
    }
}

/// Every active part one step of 1, 2, 5, 10 stronger or weaker; `None` when no part is active.
#[must_use]
pub fn stepped(regulariser: &Regulariser, stronger: bool) -> Option<Regulariser> {
    if !parts(regulariser).contains(&true) {
        return None;
    }
    let part = |value: f32| if value > 0.0 { step(value, stronger) } else { value };
    Some(Regulariser {
        l2: part(regulariser.l2),
        forward_noise: part(regulariser.forward_noise),
        backward_noise: part(regulariser.backward_noise),
        augment: match regulariser.augment {
            Augmentation::Off => Augmentation::Off,
            Augmentation::Noise(sigma) => Augmentation::Noise(part(sigma)),
        },
    })
}

/// The next of 1, 2, 5 times a power of ten above a value, or below it, between 1e-9 and 1e3.
#[must_use]
pub fn step(value: f32, up: bool) -> f32 {
    let value = f64::from(value).clamp(1e-9, 1e3);
    let power = value.log10().floor() as i32;
    let mut ladder: Vec<f64> = (power - 1..=power + 1)
        .flat_map(|p| [1.0, 2.0, 5.0].map(|lead| format!("{lead}e{p}").parse().unwrap_or(lead)))
        .collect();
    if !up {
        ladder.reverse();
    }
    let beyond = |rung: f64| if up { rung > value * (1.0 + 1e-4) } else { rung < value * (1.0 - 1e-4) };
    ladder.into_iter().find(|&rung| beyond(rung)).map_or(value, |rung| rung.clamp(1e-9, 1e3)) as f32
}

/// The next activation of the cycle, or the one before.
#[must_use]
pub fn next_activation(activation: Activation, forward: bool) -> Activation {
    let all = Activation::ALL;
    let here = all.iter().position(|&other| other == activation).unwrap_or(0);
    all[(here + if forward { 1 } else { all.len() - 1 }) % all.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cycle_closes_both_ways() {
        let mut here = Regulariser { l2: 0.05, ..Regulariser::default() };
        for _ in 0..stations().len() {
            here = next(&here, true);
        }
        assert_eq!(here, stations()[1], "a strength of its own does not break the cycle");
        assert_eq!(next(&next(&here, true), false), here);
        assert_eq!(next_activation(next_activation(Activation::Sigmoid, false), true), Activation::Sigmoid);
    }

    #[test]
    fn strengths_climb_one_two_five() {
        let mut value = 1e-4;
        let climbed: Vec<f32> = (0..4)
            .map(|_| {
                value = step(value, true);
                value
            })
            .collect();
        assert_eq!(climbed, [2e-4, 5e-4, 1e-3, 2e-3]);
        assert_eq!(step(0.1, false), 0.05);
        assert_eq!(step(0.03, true), 0.05);
        assert!(stepped(&Regulariser::default(), true).is_none());
    }
}
