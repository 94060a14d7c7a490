//! The numbers and texts of a tensor.
//!
//! As TensorBoard's `tensor_util.make_ndarray` reads them: raw bytes in `tensor_content`, or a list of values of which the
//! last counts for all that follow. Does not depend on events.

use super::proto::Tensor;

/// The most numbers taken of a tensor.
const MAX_NUMBERS: usize = 1 << 20;

/// Data types of `tensorboard/compat/proto/types.proto`.
mod types {
    pub(super) const FLOAT: i32 = 1;
    pub(super) const DOUBLE: i32 = 2;
    pub(super) const INT32: i32 = 3;
    pub(super) const UINT8: i32 = 4;
    pub(super) const INT16: i32 = 5;
    pub(super) const INT8: i32 = 6;
    pub(super) const INT64: i32 = 9;
    pub(super) const BOOL: i32 = 10;
    pub(super) const BFLOAT16: i32 = 14;
    pub(super) const UINT16: i32 = 17;
    pub(super) const HALF: i32 = 19;
    pub(super) const UINT32: i32 = 22;
    pub(super) const UINT64: i32 = 23;
}

impl Tensor {
    /// The lengths of its dimensions; none of a number.
    pub(super) fn shape(&self) -> Vec<i64> {
        self.shape.iter().flat_map(|shape| shape.dim.iter().map(|dimension| dimension.size)).collect()
    }

    /// Its one number; none when it holds none, several or no numbers.
    pub(super) fn number(&self) -> Option<f64> {
        match (self.shape().is_empty(), self.stored().as_slice()) {
            (true, [number]) => Some(*number),
            _ => None,
        }
    }

    /// Its numbers, row by row; none when there are not as many as its shape says, or more than 1,048,576.
    pub(super) fn numbers(&self) -> Option<Vec<f64>> {
        let count = self.shape().iter().try_fold(1_usize, |count, size| {
            count.checked_mul(usize::try_from(*size).ok()?).filter(|count| *count <= MAX_NUMBERS)
        })?;
        let mut numbers = self.stored();
        if let (Some(last), true) = (numbers.last().copied(), numbers.len() < count) {
            numbers.resize(count, last);
        }
        (numbers.len() == count).then_some(numbers)
    }

    /// Its texts, one a line.
    pub(super) fn text(&self) -> Option<String> {
        let lines: Vec<_> = self.string_val.iter().map(|text| String::from_utf8_lossy(text)).collect();
        (!lines.is_empty()).then(|| lines.join("\n"))
    }

    fn stored(&self) -> Vec<f64> {
        if !self.content.is_empty() {
            return self.raw();
        }
        match self.dtype {
            types::FLOAT => self.float_val.iter().map(|value| f64::from(*value)).collect(),
            types::DOUBLE => self.double_val.clone(),
            types::INT32 | types::UINT8 | types::INT16 | types::INT8 | types::UINT16 => {
                self.int_val.iter().map(|value| f64::from(*value)).collect()
            }
            types::INT64 => self.int64_val.iter().map(|value| *value as f64).collect(),
            types::BOOL => self.bool_val.iter().map(|value| f64::from(u8::from(*value))).collect(),
            types::BFLOAT16 => self.half_val.iter().map(|bits| bfloat16(*bits as u16)).collect(),
            types::HALF => self.half_val.iter().map(|bits| half(*bits as u16)).collect(),
            types::UINT32 => self.uint32_val.iter().map(|value| f64::from(*value)).collect(),
            types::UINT64 => self.uint64_val.iter().map(|value| *value as f64).collect(),
            _ => Vec::new(),
        }
    }

    fn raw(&self) -> Vec<f64> {
        match self.dtype {
            types::FLOAT => self.each(|bytes| f64::from(f32::from_le_bytes(bytes))),
            types::DOUBLE => self.each(f64::from_le_bytes),
            types::INT32 => self.each(|bytes| f64::from(i32::from_le_bytes(bytes))),
            types::UINT8 => self.each(|bytes| f64::from(u8::from_le_bytes(bytes))),
            types::INT16 => self.each(|bytes| f64::from(i16::from_le_bytes(bytes))),
            types::INT8 => self.each(|bytes| f64::from(i8::from_le_bytes(bytes))),
            types::INT64 => self.each(|bytes| i64::from_le_bytes(bytes) as f64),
            types::BOOL => self.each(|bytes| f64::from(u8::from(bytes != [0]))),
            types::BFLOAT16 => self.each(|bytes| bfloat16(u16::from_le_bytes(bytes))),
            types::UINT16 => self.each(|bytes| f64::from(u16::from_le_bytes(bytes))),
            types::HALF => self.each(|bytes| half(u16::from_le_bytes(bytes))),
            types::UINT32 => self.each(|bytes| f64::from(u32::from_le_bytes(bytes))),
            types::UINT64 => self.each(|bytes| u64::from_le_bytes(bytes) as f64),
            _ => Vec::new(),
        }
    }

    fn each<const N: usize>(&self, number: impl Fn([u8; N]) -> f64) -> Vec<f64> {
        let (whole, rest) = self.content.as_chunks::<N>();
        if rest.is_empty() {
            whole.iter().take(MAX_NUMBERS + 1).map(|bytes| number(*bytes)).collect()
        } else {
            Vec::new()
        }
    }
}

fn bfloat16(bits: u16) -> f64 {
    f64::from(f32::from_bits(u32::from(bits) << 16))
}

/// A binary16 number of IEEE 754.
fn half(bits: u16) -> f64 {
    let fraction = f64::from(bits & 0x3ff);
    let size = match (bits >> 10) & 0x1f {
        0 => fraction * 2.0_f64.powi(-24),
        0x1f if fraction == 0.0 => f64::INFINITY,
        0x1f => f64::NAN,
        exponent => (1.0 + fraction / 1024.0) * 2.0_f64.powi(i32::from(exponent) - 15),
    };
    if bits >> 15 == 1 { -size } else { size }
}

#[cfg(test)]
mod tests {
    use super::super::proto::{Dimension, TensorShape};
    use super::*;

    fn shaped(sizes: &[i64]) -> TensorShape {
        TensorShape { dim: sizes.iter().map(|size| Dimension { size: *size }).collect() }
    }

    #[test]
    fn numbers_of_every_type() {
        let of = |dtype, bytes: &[u8]| Tensor { dtype, content: bytes.to_vec(), ..Tensor::default() };
        for (dtype, bytes, expected) in [
            (types::FLOAT, &1.5_f32.to_le_bytes()[..], 1.5),
            (types::DOUBLE, &(-0.1_f64).to_le_bytes(), -0.1),
            (types::INT32, &(-7_i32).to_le_bytes(), -7.0),
            (types::UINT8, &[200], 200.0),
            (types::INT16, &(-2_i16).to_le_bytes(), -2.0),
            (types::INT8, &[0xff], -1.0),
            (types::INT64, &(1_i64 << 40).to_le_bytes(), (1_i64 << 40) as f64),
            (types::BOOL, &[1], 1.0),
            (types::BFLOAT16, &0x3fc0_u16.to_le_bytes(), 1.5),
            (types::HALF, &0x3e00_u16.to_le_bytes(), 1.5),
            (types::HALF, &0xc100_u16.to_le_bytes(), -2.5),
            (types::HALF, &1_u16.to_le_bytes(), 2.0_f64.powi(-24)),
            (types::UINT16, &60_000_u16.to_le_bytes(), 60_000.0),
            (types::UINT32, &4_000_000_000_u32.to_le_bytes(), 4e9),
            (types::UINT64, &(1_u64 << 60).to_le_bytes(), (1_u64 << 60) as f64),
        ] {
            assert_eq!(of(dtype, bytes).number(), Some(expected), "type {dtype}");
        }
        assert!(half(0x7e00).is_nan() && half(0xfc00) == f64::NEG_INFINITY);
        let listed = Tensor { dtype: types::HALF, half_val: vec![0x3e00], ..Tensor::default() };
        assert_eq!(listed.number(), Some(1.5));
    }

    #[test]
    fn what_is_not_one_number_is_none() {
        let two = Tensor { dtype: types::FLOAT, float_val: vec![1.0, 2.0], ..Tensor::default() };
        let row = Tensor { dtype: types::FLOAT, float_val: vec![1.0], shape: Some(shaped(&[1])), ..Tensor::default() };
        let short = Tensor { dtype: types::FLOAT, content: vec![1, 2], ..Tensor::default() };
        for tensor in [two, row, short, Tensor::default()] {
            assert_eq!(tensor.number(), None, "{tensor:?}");
        }
    }

    #[test]
    fn the_last_value_fills_a_shape_that_is_not_absurd() {
        let fill = |sizes: &[i64]| Tensor {
            dtype: types::DOUBLE,
            double_val: vec![1.0, 2.0],
            shape: Some(shaped(sizes)),
            ..Tensor::default()
        };
        assert_eq!(fill(&[2, 2]).numbers(), Some(vec![1.0, 2.0, 2.0, 2.0]));
        assert_eq!(fill(&[i64::MAX, 3]).numbers(), None);
        assert_eq!(fill(&[-1]).numbers(), None);
    }
}
