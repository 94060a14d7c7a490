//! The IDX format of MNIST: a header of big-endian numbers, then one byte an element.
//!
//! After the description on Yann `LeCun`'s MNIST page: two zero bytes, the element type (8 for bytes), the number of
//! dimensions, each dimension as 32 bits, the elements. Nothing of the size that a header promises is allocated before
//! the file could hold it. Does not depend on which of the four files it reads, nor how they belong together.

use super::file::Content;
use super::{CLASSES, DatasetError};
use byteorder::{BigEndian, ByteOrder as _};
use std::sync::Arc;

/// The largest side of an image, in pixels.
pub(super) const MAX_SIDE: u32 = 4096;
/// The largest content of one file, in bytes: 23 times MNIST's training images.
pub(super) const MAX_BYTES: u64 = 1 << 30;

const IMAGES: [u8; 4] = [0, 0, 8, 3];
const LABELS: [u8; 4] = [0, 0, 8, 1];

/// Images as read: all their bytes and their size.
pub(super) struct Images {
    pub(super) bytes: Arc<[u8]>,
    pub(super) count: usize,
    pub(super) height: usize,
    pub(super) width: usize,
}

/// The content of an image file; `seen` is given every byte in order, in pieces.
///
/// # Errors
/// Everything that [`DatasetError`] says of a single file of images.
pub(super) fn read_images(content: &mut Content<'_>, seen: &mut impl FnMut(&[u8])) -> Result<Images, DatasetError> {
    let [count, height, width] = read_size(content, seen)?;
    let bytes = read_elements(content, u64::from(count) * u64::from(height) * u64::from(width), seen)?;
    Ok(Images { bytes, count: count as usize, height: height as usize, width: width as usize })
}

/// How many images a file promises, their rows and columns: its header, and nothing after it.
///
/// # Errors
/// Everything that [`DatasetError`] says of a header of images.
pub(super) fn read_size(content: &mut Content<'_>, seen: &mut impl FnMut(&[u8])) -> Result<[u32; 3], DatasetError> {
    let mut header = [0; 16];
    read_header(content, &mut header, IMAGES, seen)?;
    let [count, height, width] = [4, 8, 12].map(|at| BigEndian::read_u32(&header[at..]));
    in_range(content, "images", count, u32::MAX)?;
    in_range(content, "rows", height, MAX_SIDE)?;
    in_range(content, "columns", width, MAX_SIDE)?;
    Ok([count, height, width])
}

/// The content of a label file; `seen` is given every byte in order, in pieces.
///
/// # Errors
/// Everything that [`DatasetError`] says of a single file of labels.
pub(super) fn read_labels(content: &mut Content<'_>, seen: &mut impl FnMut(&[u8])) -> Result<Arc<[u8]>, DatasetError> {
    let mut header = [0; 8];
    read_header(content, &mut header, LABELS, seen)?;
    let count = BigEndian::read_u32(&header[4..]);
    in_range(content, "labels", count, u32::MAX)?;
    let labels = read_elements(content, u64::from(count), seen)?;
    match labels.iter().position(|&label| usize::from(label) >= CLASSES) {
        Some(index) => Err(DatasetError::Label { path: content.path().to_owned(), index, found: labels[index] }),
        None => Ok(labels),
    }
}

fn read_header(
    content: &mut Content<'_>,
    header: &mut [u8],
    magic: [u8; 4],
    seen: &mut impl FnMut(&[u8]),
) -> Result<(), DatasetError> {
    let (wanted, other) = if magic == IMAGES { ("images", "labels") } else { ("labels", "images") };
    let filled = content.fill(header)?;
    if filled >= 4 {
        let found = &header[..4];
        if found == if magic == IMAGES { LABELS } else { IMAGES } {
            return Err(DatasetError::Swapped { path: content.path().to_owned(), found: other, allowed: wanted });
        }
        if found != magic {
            let allowed = if magic == IMAGES { "00 00 08 03 (IDX images)" } else { "00 00 08 01 (IDX labels)" };
            let found = found.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(" ");
            return Err(DatasetError::NotIdx { path: content.path().to_owned(), found, allowed });
        }
    }
    if filled < header.len() {
        let (found, allowed) = (filled as u64, header.len() as u64);
        return Err(DatasetError::Truncated { path: content.path().to_owned(), found, allowed });
    }
    seen(header);
    Ok(())
}

fn in_range(content: &Content<'_>, what: &'static str, found: u32, most: u32) -> Result<(), DatasetError> {
    if (1..=most).contains(&found) {
        return Ok(());
    }
    let path = content.path().to_owned();
    Err(DatasetError::Header { path, what, found: found.into(), allowed: format!("1 to {most}") })
}

/// Reads exactly `count` elements and makes sure that nothing follows them.
fn read_elements(
    content: &mut Content<'_>,
    count: u64,
    seen: &mut impl FnMut(&[u8]),
) -> Result<Arc<[u8]>, DatasetError> {
    /// Small enough to be still in the cache when `seen` looks at it.
    const PIECE: usize = 1 << 18;
    if count > MAX_BYTES {
        let (path, allowed) = (content.path().to_owned(), format!("at most {MAX_BYTES}"));
        return Err(DatasetError::Header { path, what: "bytes of content", found: count, allowed });
    }
    let promised = content.produced() + count;
    if promised > content.most {
        // The promise cannot be kept: count what there is without keeping it.
        let mut scratch = [0; 1 << 12];
        while content.fill(&mut scratch)? == scratch.len() {}
        let found = content.produced();
        return Err(DatasetError::Truncated { path: content.path().to_owned(), found, allowed: promised });
    }
    // `repeat_n` knows its length, so the bytes are laid out in the shared allocation at once and never copied.
    let mut elements: Arc<[u8]> = std::iter::repeat_n(0, count as usize).collect();
    for piece in Arc::make_mut(&mut elements).chunks_mut(PIECE) {
        if content.fill(piece)? < piece.len() {
            let found = content.produced();
            return Err(DatasetError::Truncated { path: content.path().to_owned(), found, allowed: promised });
        }
        seen(piece);
    }
    // Reading on also makes the gzip decoder check its checksum.
    match content.fill(&mut [0])? {
        0 => Ok(elements),
        _ => Err(DatasetError::Trailing { path: content.path().to_owned(), allowed: promised }),
    }
}

/// The header of a file of `count` images of `height` x `width` pixels, each below 2^32.
pub(super) fn images_header(count: usize, height: usize, width: usize) -> [u8; 16] {
    let mut header = [0; 16];
    header[..4].copy_from_slice(&IMAGES);
    for (place, dimension) in [(4, count), (8, height), (12, width)] {
        BigEndian::write_u32(&mut header[place..], dimension as u32);
    }
    header
}

/// The header of a file of `count` labels, below 2^32.
pub(super) fn labels_header(count: usize) -> [u8; 8] {
    let mut header = [0; 8];
    header[..4].copy_from_slice(&LABELS);
    BigEndian::write_u32(&mut header[4..], count as u32);
    header
}
