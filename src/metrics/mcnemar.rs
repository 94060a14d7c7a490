//! McNemar's test: do two classifiers err differently on the same samples?
//!
//! Only the samples that one got right and the other wrong speak. Where they are few (below 25) the p-value is the
//! exact two-sided binomial one, else that of chi-square with Edwards' continuity correction and one degree of freedom
//! (McNemar 1947; Edwards 1948), as statsmodels' `mcnemar` offers both. Does not depend on what was classified.

/// Fewer discordant samples than this are tested exactly.
const FEW: u64 = 25;

/// The outcome of McNemar's test.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct McNemar {
    /// Samples that the first got wrong and the second right.
    pub only_a_wrong: u64,
    /// Samples that the second got wrong and the first right.
    pub only_b_wrong: u64,
    /// The smaller of the two counts where `exact`, else chi-square with continuity correction.
    pub statistic: f64,
    /// Probability of a split at least as uneven if both err alike, 0 to 1.
    pub p: f64,
    /// Whether the p-value is the exact binomial one.
    pub exact: bool,
}

/// Tests two classifiers by the samples that exactly one of them got wrong. Equal counts, none at all among them,
/// give p = 1.
#[must_use]
pub(super) fn mcnemar(only_a_wrong: u64, only_b_wrong: u64) -> McNemar {
    let discordant = only_a_wrong.saturating_add(only_b_wrong);
    if discordant < FEW {
        let fewer = only_a_wrong.min(only_b_wrong);
        return McNemar {
            only_a_wrong,
            only_b_wrong,
            statistic: fewer as f64,
            p: binomial(fewer, discordant),
            exact: true,
        };
    }
    let beyond = (only_a_wrong.abs_diff(only_b_wrong) as f64 - 1.0).max(0.0);
    let statistic = beyond * beyond / discordant as f64;
    // The upper tail of chi-square with one degree of freedom is that of a squared normal variable.
    let p = libm::erfc((statistic / 2.0).sqrt());
    McNemar { only_a_wrong, only_b_wrong, statistic, p, exact: false }
}

/// Tests two classifiers by the samples that each got wrong: indices into one common test set, in any order.
#[must_use]
pub fn mcnemar_of(wrong_a: impl IntoIterator<Item = u32>, wrong_b: impl IntoIterator<Item = u32>) -> McNemar {
    let (only_a, only_b) = discordant(wrong_a, wrong_b);
    mcnemar(only_a, only_b)
}

/// How many samples only the first and only the second got wrong, from the indices of each one's wrong answers.
/// Order does not matter and an index counts once.
#[must_use]
pub(super) fn discordant(wrong_a: impl IntoIterator<Item = u32>, wrong_b: impl IntoIterator<Item = u32>) -> (u64, u64) {
    let set = |indices: &mut dyn Iterator<Item = u32>| indices.collect::<std::collections::BTreeSet<u32>>();
    let (a, b) = (set(&mut wrong_a.into_iter()), set(&mut wrong_b.into_iter()));
    (a.difference(&b).count() as u64, b.difference(&a).count() as u64)
}

/// Two-sided probability that `n` fair coins fall at least as unevenly as `fewer` to the rest. Exact: every count for
/// n < 25 is an integer that a double holds.
fn binomial(fewer: u64, n: u64) -> f64 {
    let mut ways = 1.0;
    let mut tail = 0.0;
    for heads in 0..=fewer {
        tail += ways;
        ways = ways * (n - heads) as f64 / (heads + 1) as f64;
    }
    (2.0 * tail / 2f64.powi(n as i32)).min(1.0)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::float_cmp, reason = "equal counts give equal bits")]

    use super::*;
    use proptest::prelude::*;

    #[test]
    fn few_discordant_samples_are_tested_exactly() {
        // scipy.stats.binomtest(min(b, c), b + c, 0.5).pvalue
        for (b, c, p) in [
            (0, 0, 1.0),
            (1, 0, 1.0),
            (5, 0, 0.0625),
            (2, 9, 0.065_429_687_5),
            (10, 14, 0.541_256_189_346_313_5),
            (7, 7, 1.0),
            (3, 21, 0.000_277_161_598_205_566_4),
            (12, 12, 1.0),
        ] {
            let test = mcnemar(b, c);
            assert!(test.exact);
            assert!((test.p - p).abs() < 1e-15, "{b} against {c}: {} where scipy has {p}", test.p);
        }
    }

    #[test]
    fn many_discordant_samples_are_tested_by_chi_square() {
        // statistic = (|b - c| - 1)^2 / (b + c); scipy.stats.chi2.sf(statistic, 1)
        for (b, c, statistic, p) in [
            (20, 5, 7.84, 0.005_110_260_660_855_866),
            (30, 10, 9.025, 0.002_663_119_259_138_558),
            (100, 120, 1.640_909_090_909_090_9, 0.200_200_782_871_216_56),
            (13, 12, 0.0, 1.0),
            (300, 200, 19.602, 9.536_931_399_898_51e-6),
            (500, 300, 49.501_25, 1.982_453_687_656_055e-12),
            (25, 0, 23.04, 1.586_656_303_951_188_5e-6),
        ] {
            let test = mcnemar(b, c);
            assert!(!test.exact);
            assert!((test.statistic - statistic).abs() < 1e-12);
            assert!((test.p / p - 1.0).abs() < 1e-12, "{b} against {c}: {} where scipy has {p}", test.p);
        }
    }

    #[test]
    fn lists_of_wrong_answers_are_compared_as_sets() {
        assert_eq!(discordant([9, 1, 4, 4], [4, 7]), (2, 1));
        let test = mcnemar_of([1, 2, 3], [3]);
        assert_eq!((test.only_a_wrong, test.only_b_wrong, test.p), (2, 0, 0.5));
    }

    proptest! {
        #[test]
        fn the_order_of_the_two_does_not_matter_and_p_is_a_probability(b in 0u64..500, c in 0u64..500) {
            let (there, back) = (mcnemar(b, c), mcnemar(c, b));
            prop_assert_eq!(there.p, back.p);
            prop_assert!((0.0..=1.0).contains(&there.p));
        }

        #[test]
        fn a_more_uneven_split_is_less_likely(n in 2u64..200, b in 0u64..100) {
            let b = b.min(n / 2);
            prop_assume!(b > 0);
            prop_assert!(mcnemar(b - 1, n - b + 1).p <= mcnemar(b, n - b).p);
        }
    }
}
