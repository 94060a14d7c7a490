//! Matrices as `.npy` files, NumPy's own format (NEP 1, version 1.0).
//!
//! Does not depend on what the numbers mean.

use byteorder::{LittleEndian, WriteBytesExt as _};
use ndarray::ArrayView2;
use std::io::{self, Write};

/// Writes `matrix`, `(rows, columns)`, as float32 in C order.
///
/// # Errors
/// Those of the writer.
#[expect(clippy::needless_pass_by_value, reason = "a view is itself a reference")]
pub fn write_npy(writer: &mut impl Write, matrix: ArrayView2<'_, f32>) -> io::Result<()> {
    /// Magic, version and the header's length.
    const FRONT: usize = 10;
    let (rows, columns) = matrix.dim();
    let mut header = format!("{{'descr': '<f4', 'fortran_order': False, 'shape': ({rows}, {columns}), }}");
    // The numbers begin at a multiple of 64 bytes; a newline ends the header.
    let padded = (FRONT + header.len() + 1).next_multiple_of(64) - FRONT;
    header.extend(std::iter::repeat_n(' ', padded - header.len() - 1));
    header.push('\n');
    writer.write_all(b"\x93NUMPY\x01\x00")?;
    writer.write_u16::<LittleEndian>(padded as u16)?;
    writer.write_all(header.as_bytes())?;
    for &value in &matrix {
        writer.write_f32::<LittleEndian>(value)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    #[test]
    fn the_bytes_are_those_of_numpy() {
        // numpy.save of numpy.array([[1, -2.5, 0]], dtype="<f4").
        let mut expected =
            b"\x93NUMPY\x01\x00v\x00{'descr': '<f4', 'fortran_order': False, 'shape': (1, 3), }".to_vec();
        expected.resize(127, b' ');
        expected.push(b'\n');
        expected.extend([0, 0, 0x80, 0x3f, 0, 0, 0x20, 0xc0, 0, 0, 0, 0]);
        let mut written = Vec::new();
        write_npy(&mut written, array![[1.0, -2.5, 0.0]].view()).unwrap();
        assert_eq!(written, expected);
    }
}
