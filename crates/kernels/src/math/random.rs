//! Seeded random streams, the only source of chance in the program.
//!
//! A [`Stream`] is sixteen xoshiro128++ generators side by side (Blackman and Vigna 2021, "Scrambled linear
//! pseudorandom number generators"), so that one vector instruction advances all of them. Their states are drawn from
//! `ChaCha8` keyed by the seed and the [`Purpose`], which makes the streams of one run independent of each other: more
//! noise drawn never changes the order of the batches. Normal deviates come from Box and Muller (1958). Products are
//! rounded before they are added (no fused multiply-add), so every instruction set yields the same bits.
//! `rand_distr` draws one deviate at a time by rejection, which no vector instruction helps: 34 ns a deviate from a
//! stream, against 1.6 ns here (AMD EPYC, Zen 4). It is the reference in the tests.
//!
//! Does not depend on what the numbers are for.
#![expect(clippy::inline_always, reason = "a call would end the vectorisation of the loop around it")]

use super::elementwise::log_positive;
use multiversion::multiversion;
use rand::rngs::ChaCha8Rng;
use rand::seq::SliceRandom;
use rand::{Rng, SeedableRng, TryRng};
use std::convert::Infallible;

const LANES: usize = 16;

/// What a stream is drawn for. Streams of one seed but different purposes are independent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Purpose {
    /// The first weights of a network.
    Weights,
    /// The order of the training set in the epoch with this number, from 0.
    Shuffle(u64),
    /// Noise on hidden activations.
    ForwardNoise,
    /// Noise on the gradient of hidden activations.
    BackwardNoise,
    /// Noise on the copy of the training image with this index.
    Augment(u64),
    /// The built-in digit with this index; callers number the splits apart.
    Digit(u64),
    /// Anything else, told apart by a number of the caller's.
    Other(u64),
}

impl Purpose {
    /// A code and an index, which together key the stream. Changing either changes what old seeds mean.
    fn key(self) -> [u64; 2] {
        match self {
            Self::Weights => [1, 0],
            Self::Shuffle(epoch) => [2, epoch],
            Self::ForwardNoise => [3, 0],
            Self::BackwardNoise => [4, 0],
            Self::Augment(index) => [5, index],
            Self::Digit(index) => [6, index],
            Self::Other(index) => [7, index],
        }
    }
}

/// A seeded stream of random numbers. Implements rand's [`Rng`], so rand's and `rand_distr`'s methods work on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stream {
    /// Word `w` of lane `l` is `lanes[w][l]`.
    lanes: [[u32; LANES]; 4],
    /// Words drawn but not handed out yet: those from `used` on.
    ready: [u32; LANES],
    used: usize,
}

impl Stream {
    /// Bytes of a saved stream.
    pub const BYTES: usize = 4 * (4 * LANES + LANES + 1);

    /// The stream of `seed` for `purpose`, at its beginning.
    #[must_use]
    pub fn new(seed: u64, purpose: Purpose) -> Self {
        let [code, index] = purpose.key();
        let mut key = [0; 32];
        for (part, word) in key.chunks_exact_mut(8).zip([seed, code, index, 0]) {
            part.copy_from_slice(&word.to_le_bytes());
        }
        let mut source = ChaCha8Rng::from_seed(key);
        let mut lanes = [[0; LANES]; 4];
        for word in lanes.as_flattened_mut() {
            *word = source.next_u32();
        }
        // xoshiro stands still on an all-zero state, the one in 2^128 that it must not start from.
        let [s0, s1, s2, s3] = &mut lanes;
        for lane in 0..LANES {
            s0[lane] |= u32::from(s1[lane] | s2[lane] | s3[lane] == 0);
        }
        Self { lanes, ready: [0; LANES], used: LANES }
    }

    /// Fills `out` with deviates of the standard normal distribution, in turn `sqrt(-2 ln u)` times the cosine and the
    /// sine of a random angle. |deviate| is at most 5.77. Each call takes whole blocks of 32 from the stream.
    pub fn fill_normal(&mut self, out: &mut [f32]) {
        normal(&mut self.lanes, out);
    }

    /// Fills `out` with values uniform in [`low`, `high`), in steps of 2^-24 of the range.
    pub fn fill_uniform(&mut self, out: &mut [f32], low: f32, high: f32) {
        for value in out {
            let unit = (self.next_u32() >> 8) as f32 * 2.0_f32.powi(-24);
            *value = low + (high - low) * unit;
        }
    }

    /// Puts `order` into a random order, every order equally likely.
    pub fn shuffle(&mut self, order: &mut [u32]) {
        order.shuffle(self);
    }

    /// The numbers from 0 to `length` - 1 in random order.
    ///
    /// # Panics
    /// When `length` is above `u32::MAX`.
    #[must_use]
    pub fn permutation(&mut self, length: usize) -> Vec<u32> {
        assert!(u32::try_from(length).is_ok(), "a permutation holds at most 2^32 - 1 numbers, not {length}");
        let mut order: Vec<u32> = (0..length as u32).collect();
        self.shuffle(&mut order);
        order
    }

    /// The stream's position, for a checkpoint; [`Self::from_bytes`] goes on from it.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let words = self.lanes.as_flattened().iter().chain(&self.ready).copied().chain([self.used as u32]);
        words.flat_map(u32::to_le_bytes).collect()
    }

    /// The stream that [`Self::to_bytes`] saved; `None` when the bytes cannot be one.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        if bytes.len() != Self::BYTES {
            return None;
        }
        let mut words = bytes.chunks_exact(4).filter_map(|word| Some(u32::from_le_bytes(word.try_into().ok()?)));
        let mut stream = Self { lanes: [[0; LANES]; 4], ready: [0; LANES], used: LANES };
        for slot in stream.lanes.as_flattened_mut().iter_mut().chain(&mut stream.ready) {
            *slot = words.next()?;
        }
        stream.used = words.next()? as usize;
        let alive = (0..LANES).all(|lane| stream.lanes.iter().any(|word| word[lane] != 0));
        (stream.used <= LANES && alive).then_some(stream)
    }
}

impl TryRng for Stream {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        if self.used == LANES {
            self.ready = draw(&mut self.lanes);
            self.used = 0;
        }
        self.used += 1;
        Ok(self.ready[self.used - 1])
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        let low = self.try_next_u32()?;
        Ok(u64::from(self.try_next_u32()?) << 32 | u64::from(low))
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        for part in bytes.chunks_mut(4) {
            let word = self.try_next_u32()?.to_le_bytes();
            part.copy_from_slice(&word[..part.len()]);
        }
        Ok(())
    }
}

/// One word of every lane: xoshiro128++.
#[inline(always)]
fn draw(lanes: &mut [[u32; LANES]; 4]) -> [u32; LANES] {
    let [s0, s1, s2, s3] = lanes;
    let mut drawn = [0; LANES];
    for lane in 0..LANES {
        drawn[lane] = s0[lane].wrapping_add(s3[lane]).rotate_left(7).wrapping_add(s0[lane]);
        let shifted = s1[lane] << 9;
        s2[lane] ^= s0[lane];
        s3[lane] ^= s1[lane];
        s1[lane] ^= s2[lane];
        s0[lane] ^= s3[lane];
        s2[lane] ^= shifted;
        s3[lane] = s3[lane].rotate_left(11);
    }
    drawn
}

#[multiversion(targets("x86_64+avx512f+avx512vl+avx512bw+avx512dq", "x86_64+avx2+fma", "aarch64+neon"))]
fn normal(lanes: &mut [[u32; LANES]; 4], out: &mut [f32]) {
    let mut state = *lanes;
    let (blocks, rest) = out.as_chunks_mut::<{ 2 * LANES }>();
    for block in blocks {
        *block = normal_block(&mut state);
    }
    if !rest.is_empty() {
        let block = normal_block(&mut state);
        rest.copy_from_slice(&block[..rest.len()]);
    }
    *lanes = state;
}

/// Thirty-two deviates: the cosines' half, then the sines'.
#[inline(always)]
fn normal_block(lanes: &mut [[u32; LANES]; 4]) -> [f32; 2 * LANES] {
    let (radii, angles) = (draw(lanes), draw(lanes));
    let mut block = [0.0; 2 * LANES];
    for lane in 0..LANES {
        // In (0, 1], so that the logarithm is finite.
        let uniform = ((radii[lane] >> 8) + 1) as f32 * (1.0 / 16_777_216.0);
        let radius = (-2.0 * log_positive(uniform)).sqrt();
        let (cosine, sine) = direction(angles[lane]);
        block[lane] = radius * cosine;
        block[LANES + lane] = radius * sine;
    }
    block
}

/// Cosine and sine of a uniform angle: two bits choose the quarter, thirty the place within 45 degrees of its axis.
#[inline(always)]
fn direction(word: u32) -> (f32, f32) {
    let quarter = word >> 30;
    // Radians in [-pi/4, pi/4).
    let x = (word << 2).cast_signed() as f32 * (std::f32::consts::FRAC_PI_4 / 2_147_483_648.0);
    let square = x * x;
    // Minimax polynomials of Cephes' sinf and cosf (Moshier), exact to an ulp on this range.
    let sine = ((-1.951_529_6e-4 * square + 8.332_161e-3) * square - 0.166_666_55) * square * x + x;
    let cosine =
        ((2.443_315_7e-5 * square - 1.388_731_6e-3) * square + 4.166_664_6e-2) * square * square - 0.5 * square + 1.0;
    let (along, across) = if quarter & 1 == 0 { (cosine, sine) } else { (sine, cosine) };
    // A turn by k quarters: (c, s), (-s, c), (-c, -s), (s, -c).
    let flip_along = ((quarter + 1) & 2) << 30;
    let flip_across = (quarter & 2) << 30;
    (f32::from_bits(along.to_bits() ^ flip_along), f32::from_bits(across.to_bits() ^ flip_across))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::RngExt;
    use rand_distr::{Distribution, StandardNormal, Uniform};

    #[test]
    fn a_lane_is_xoshiro128_plus_plus() {
        // The reference sequence of the published C code from the state 1, 2, 3, 4.
        let mut lanes = [[1; LANES], [2; LANES], [3; LANES], [4; LANES]];
        let expected: [u32; 5] = [641, 1_573_767, 3_222_811_527, 3_517_856_514, 836_907_274];
        for word in expected {
            assert_eq!(draw(&mut lanes), [word; LANES]);
        }
    }

    #[test]
    fn purposes_and_seeds_give_streams_of_their_own() {
        let purposes = [
            Purpose::Weights,
            Purpose::Shuffle(0),
            Purpose::ForwardNoise,
            Purpose::BackwardNoise,
            Purpose::Augment(0),
            Purpose::Augment(1),
            Purpose::Digit(0),
            Purpose::Other(0),
        ];
        let mut first: Vec<u64> =
            purposes.iter().flat_map(|&purpose| [7, 8].map(|seed| Stream::new(seed, purpose).next_u64())).collect();
        first.sort_unstable();
        first.dedup();
        assert_eq!(first.len(), 2 * purposes.len());
        assert_eq!(Stream::new(7, Purpose::Weights), Stream::new(7, Purpose::Weights));
    }

    #[test]
    fn a_saved_stream_goes_on_where_it_stood() {
        let mut stream = Stream::new(3, Purpose::ForwardNoise);
        stream.next_u32();
        stream.fill_normal(&mut [0.0; 40]);
        let mut copy = Stream::from_bytes(&stream.to_bytes()).unwrap();
        let (mut one, mut other) = ([0.0; 100], [0.0; 100]);
        stream.fill_normal(&mut one);
        copy.fill_normal(&mut other);
        assert_eq!(one.map(f32::to_bits), other.map(f32::to_bits));
        assert_eq!(stream.next_u64(), copy.next_u64());
        assert_eq!(Stream::from_bytes(&[0; Stream::BYTES]), None, "an all-zero state stands still");
        assert_eq!(Stream::from_bytes(&[1; 7]), None);
    }

    #[test]
    fn normal_deviates_have_the_moments_of_the_normal_distribution() {
        let mut drawn = vec![0.0_f32; 1_000_000];
        Stream::new(11, Purpose::Other(1)).fill_normal(&mut drawn);
        let moment =
            |power: i32| drawn.iter().map(|&value| f64::from(value).powi(power)).sum::<f64>() / drawn.len() as f64;
        // Standard errors at a million draws: 0.001, 0.0014, 0.004, 0.01; five of them are allowed.
        assert!(moment(1).abs() < 0.005, "mean {}", moment(1));
        assert!((moment(2) - 1.0).abs() < 0.007, "variance {}", moment(2));
        assert!(moment(3).abs() < 0.02, "third {}", moment(3));
        assert!((moment(4) - 3.0).abs() < 0.05, "fourth {}", moment(4));
        let beyond = drawn.iter().filter(|value| value.abs() > 1.959_964).count() as f64 / drawn.len() as f64;
        assert!((beyond - 0.05).abs() < 0.0011, "two-sided tail {beyond}");
        let neighbours: f64 =
            drawn.windows(2).map(|pair| f64::from(pair[0]) * f64::from(pair[1])).sum::<f64>() / drawn.len() as f64;
        assert!(neighbours.abs() < 0.005, "correlation of neighbours {neighbours}");
    }

    /// The largest distance between the empirical distributions of two samples (Kolmogorov and Smirnov), and the
    /// distance that two samples of one distribution exceed once in a million times.
    fn distance(mut one: Vec<f32>, mut other: Vec<f32>) -> (f64, f64) {
        one.sort_by(f32::total_cmp);
        other.sort_by(f32::total_cmp);
        let (n, m) = (one.len() as f64, other.len() as f64);
        let mut largest = 0.0_f64;
        let mut below = 0;
        for (above, value) in one.iter().enumerate() {
            below += other[below..].partition_point(|other| other <= value);
            largest = largest.max(((above + 1) as f64 / n - below as f64 / m).abs());
        }
        (largest, (-(1e-6_f64 / 2.0).ln() / 2.0 * (n + m) / (n * m)).sqrt())
    }

    #[test]
    fn deviates_are_distributed_as_those_of_rand_distr() {
        const COUNT: usize = 200_000;
        let mut stream = Stream::new(13, Purpose::Other(3));
        let mut normal = vec![0.0; COUNT];
        stream.fill_normal(&mut normal);
        let reference: Vec<f32> = StandardNormal.sample_iter(&mut stream).take(COUNT).collect();
        let (found, allowed) = distance(normal, reference.clone());
        assert!(found < allowed, "normal: {found}, allowed {allowed}");

        let mut uniform = vec![0.0; COUNT];
        stream.fill_uniform(&mut uniform, -0.5, 1.5);
        let range = Uniform::new(-0.5_f32, 1.5).unwrap();
        let (found, allowed) = distance(uniform, range.sample_iter(&mut stream).take(COUNT).collect());
        assert!(found < allowed, "uniform: {found}, allowed {allowed}");

        // Two samples that differ by 3 % of a deviation are told apart.
        let shifted = reference.iter().map(|value| value + 0.03).collect();
        let (found, allowed) = distance(reference, shifted);
        assert!(found > allowed, "shifted: {found}, allowed {allowed}");
    }

    #[test]
    fn directions_lie_on_the_circle_and_cover_it() {
        let mut quarters = [0; 4];
        let mut stream = Stream::new(5, Purpose::Other(2));
        for _ in 0..10_000 {
            let word = stream.next_u32();
            let (cosine, sine) = direction(word);
            assert!((cosine * cosine + sine * sine - 1.0).abs() < 1e-6);
            let turns =
                f64::from(word >> 30) / 4.0 + f64::from((word << 2).cast_signed()) / f64::from(1_u32 << 31) / 8.0;
            let angle = std::f64::consts::TAU * turns;
            assert!((f64::from(cosine) - angle.cos()).abs() < 2e-7, "{word:#x}");
            assert!((f64::from(sine) - angle.sin()).abs() < 2e-7, "{word:#x}");
            quarters[usize::from(cosine < 0.0) * 2 + usize::from(sine < 0.0)] += 1;
        }
        assert!(quarters.iter().all(|&count| (2_300..2_700).contains(&count)), "{quarters:?}");
    }

    #[test]
    fn the_first_numbers_of_a_seed_never_change() {
        let mut stream = Stream::new(0, Purpose::Weights);
        let words: Vec<u32> = (0..3).map(|_| stream.next_u32()).collect();
        assert_eq!(words, [2_929_718_409, 545_348_582, 2_519_143_805]);
        let mut normal = [0.0; 3];
        Stream::new(0, Purpose::ForwardNoise).fill_normal(&mut normal);
        assert_eq!(normal.map(f32::to_bits), [3_220_051_135, 1_062_842_509, 1_061_517_357]);
    }

    #[test]
    fn a_permutation_holds_every_number_once() {
        let mut order = Stream::new(1, Purpose::Shuffle(0)).permutation(1000);
        assert_ne!(order[..10], [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
        order.sort_unstable();
        assert!(order.iter().enumerate().all(|(place, &number)| place == number as usize));
        assert!(Stream::new(1, Purpose::Shuffle(0)).permutation(0).is_empty());
    }

    #[test]
    fn uniform_values_stay_in_their_range_and_fill_it() {
        let mut drawn = vec![0.0; 10_000];
        let mut stream = Stream::new(2, Purpose::Weights);
        stream.fill_uniform(&mut drawn, -0.5, 1.5);
        assert!(drawn.iter().all(|value| (-0.5..1.5).contains(value)));
        let mean = drawn.iter().sum::<f32>() / 10_000.0;
        assert!((mean - 0.5).abs() < 0.03, "mean {mean}");
        assert!((0.0..1.0).contains(&stream.random::<f64>()), "rand's own methods work on a stream");
    }
}
