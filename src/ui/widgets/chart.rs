//! Curves over two axes, drawn in dots.
//!
//! Each column of dots shows everything that falls into it, from its lowest to its highest value, so that a peak of one
//! step among a million is seen. A value that is not finite breaks its curve and leaves a mark at the top; one without
//! a place on the vertical axis (zero or below on a logarithmic one) breaks it without a mark; one beyond the ends of
//! that axis leaves an arrow at its edge; a curve of a single point is a mark. Does not depend on what is measured or who
//! asks.

use super::{Axis, Dots, TextArea};
use crate::fmt::Fitted;
use crate::fmt::width;
use crate::ui::theme::Theme;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

/// How a curve is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// Through its points, in order of x.
    Line,
    /// The space between `low` and `high`, filled loosely.
    Band,
}

/// A curve: points in order of x.
#[derive(Clone, Debug)]
pub struct Curve {
    /// Where, the lowest value there and the highest. A NaN for where breaks the curve without a mark.
    pub points: Vec<(f64, f64, f64)>,
    /// In which colour.
    pub style: Style,
    /// In which manner.
    pub shape: Shape,
    /// A letter at the curve's end that names it in the legend, for eyes and terminals that tell no colours apart.
    pub tag: Option<char>,
    /// Whether it is drawn in front: dots behind it are cleared in its cells.
    pub front: bool,
}

/// Breaks a curve without a mark.
pub const BREAK: (f64, f64, f64) = (f64::NAN, 0.0, 0.0);

impl Curve {
    /// A curve through single values, in front.
    #[must_use]
    pub fn line(points: impl IntoIterator<Item = (f64, f64)>, style: Style) -> Self {
        let points = points.into_iter().map(|(x, y)| (x, y, y)).collect();
        Self { points, style, shape: Shape::Line, tag: None, front: true }
    }
}

/// Something that happened at an x.
#[derive(Clone, Debug)]
pub struct Mark {
    /// Where.
    pub x: f64,
    /// What stands there, one cell wide.
    pub glyph: &'static str,
    /// In which colour.
    pub style: Style,
}

/// Curves over two axes.
pub struct Chart<'a> {
    /// The horizontal axis.
    pub x: Axis,
    /// The vertical axis; its ends are moved outwards to rows.
    pub y: Axis,
    /// The curves; the later is drawn over the earlier.
    pub curves: &'a [Curve],
    /// Marks along the top.
    pub marks: &'a [Mark],
    /// Where the reading cursor stands.
    pub cursor: Option<f64>,
}

impl Chart<'_> {
    /// Draws the chart into `area`; a small one does without labels.
    pub fn render(&self, buffer: &mut Buffer, area: Rect, theme: Theme) {
        let area = area.intersection(buffer.area);
        if area.width < 3 || area.height < 2 {
            return;
        }
        let (plot, y) = self.axes(buffer, area, theme);
        let fitted = Chart { y, ..*self };
        fitted.draw_curves(buffer, plot, theme);
    }

    fn draw_curves(&self, buffer: &mut Buffer, plot: Rect, theme: Theme) {
        if let Some(x) = self.cursor.and_then(|x| column(&self.x, x, plot.width)) {
            for y in plot.top()..plot.bottom() {
                buffer[(plot.x + x, y)].set_symbol(theme.glyphs().vertical).set_style(theme.muted());
            }
        }
        let mut dots = Dots::new(plot.width, plot.height, theme.glyphs);
        for curve in self.curves {
            dots.in_front(curve.front);
            self.draw(curve, &mut dots);
        }
        dots.render(plot, buffer);
        for curve in self.curves.iter().filter(|curve| curve.shape == Shape::Line) {
            self.mark_single(curve, buffer, plot, theme);
            self.mark_outside(curve, buffer, plot, theme);
        }
        for mark in self.marks {
            if let Some(x) = column(&self.x, mark.x, plot.width) {
                buffer[(plot.x + x, plot.y)].set_symbol(mark.glyph).set_style(mark.style);
            }
        }
        for curve in self.curves {
            self.tag(curve, buffer, plot);
            self.mark_not_finite(curve, buffer, plot, theme);
        }
    }

    /// Draws the axes and returns what is left for the curves, and the vertical axis as it was fitted to its rows.
    fn axes(&self, buffer: &mut Buffer, area: Rect, theme: Theme) -> (Rect, Axis) {
        let glyphs = theme.glyphs();
        let lines = if area.height >= 5 { 2 } else { 0 };
        let rows = area.height - lines;
        let Fitted { axis, ticks } = self.y.fitted(usize::from(rows));
        let labels = ticks.iter().map(|(_, label)| width::width(label)).max().unwrap_or(0) as u16;
        let side = if area.width >= labels + 12 { labels + 1 } else { 0 };
        let plot = Rect::new(area.x + side, area.y, area.width - side, rows);
        let mut pen = TextArea::new(buffer, area, theme);
        if side > 0 {
            for y in 0..rows {
                pen.put(side - 1, y, 1, glyphs.vertical, theme.faint());
            }
            for (value, label) in &ticks {
                if let Some(y) = row(&axis, *value, rows) {
                    pen.put_right(0, y, side - 1, label, theme.muted());
                }
            }
        }
        if lines > 0 {
            self.horizontal(&mut pen, side, rows, theme);
        }
        (plot, axis)
    }

    fn horizontal(&self, pen: &mut TextArea<'_>, side: u16, rows: u16, theme: Theme) {
        let glyphs = theme.glyphs();
        let width = pen.area().width - side;
        if side > 0 {
            pen.put(side - 1, rows, 1, glyphs.corner, theme.faint());
        }
        pen.put(side, rows, width, &glyphs.horizontal.repeat(usize::from(width)), theme.faint());
        let most = usize::from(width / 9).clamp(1, 10);
        let placed = (1..=most).rev().find_map(|most| self.without_overlap(most, side, width)).unwrap_or_default();
        for (x, start, label) in placed {
            pen.put(side + x, rows, 1, glyphs.tick, theme.faint());
            pen.put(start, rows + 1, width + side - start, &label, theme.muted());
        }
    }

    /// At most so many ticks of the horizontal axis as column, beginning of the label and label; nothing where two
    /// labels touch, so that ticks are left out evenly.
    fn without_overlap(&self, most: usize, side: u16, width: u16) -> Option<Vec<(u16, u16, String)>> {
        let mut free = 0;
        let mut placed = Vec::new();
        for (value, label) in self.x.ticks(most) {
            let (Some(x), wide) = (column(&self.x, value, width), width::width(&label) as u16) else { continue };
            let start = (side + x).saturating_sub(wide / 2).min((side + width).saturating_sub(wide));
            if start < free || wide > width {
                return None;
            }
            free = start + wide + 1;
            placed.push((x, start, label));
        }
        Some(placed)
    }

    fn draw(&self, curve: &Curve, dots: &mut Dots) {
        let (width, height) = (dots.width(), dots.height());
        if width == 0 || height == 0 {
            return;
        }
        let mut previous: Option<(usize, usize, usize)> = None;
        let mut span: Option<Span> = None;
        for &(x, low, high) in &curve.points {
            let line = |value| self.y.place(value).map(|place| fall(place, height));
            let ends = if low.is_finite() && high.is_finite() && !x.is_nan() { line(high) } else { None };
            let Some(top) = ends else {
                flush(&mut span, &mut previous, curve, dots);
                previous = None;
                continue;
            };
            let Some(at) = dot(self.x.place(x), width) else { continue };
            // On a logarithmic axis the low end may have no place: a band then reaches down to the edge, and of a curve
            // only the high end is drawn.
            let bottom = line(low).unwrap_or(if curve.shape == Shape::Band { height - 1 } else { top });
            match &mut span {
                Some(open) if open.x == at => open.widen(top, bottom),
                _ => {
                    flush(&mut span, &mut previous, curve, dots);
                    span = Some(Span { x: at, top, bottom, first: bottom, last: bottom });
                }
            }
        }
        flush(&mut span, &mut previous, curve, dots);
    }

    fn tag(&self, curve: &Curve, buffer: &mut Buffer, plot: Rect) {
        let last = curve.points.iter().rev().find(|(x, low, _)| x.is_finite() && low.is_finite());
        let (Some(tag), Some(&(x, low, _))) = (curve.tag, last) else { return };
        if let (Some(x), Some(y)) = (column(&self.x, x, plot.width), row(&self.y, low, plot.height)) {
            let x = (x + 1).min(plot.width - 1);
            buffer[(plot.x + x, plot.y + y)].set_char(tag).set_style(curve.style);
        }
    }

    /// A curve whose points all fall into one cell is a mark there, for a dot is overlooked.
    fn mark_single(&self, curve: &Curve, buffer: &mut Buffer, plot: Rect, theme: Theme) {
        let cell =
            |&(x, low, _): &(f64, f64, f64)| Some((column(&self.x, x, plot.width)?, row(&self.y, low, plot.height)?));
        let mut cells = curve.points.iter().filter_map(cell);
        let Some((x, y)) = cells.next() else { return };
        if cells.all(|other| other == (x, y)) {
            buffer[(plot.x + x, plot.y + y)].set_symbol(theme.glyphs().mark).set_style(curve.style);
        }
    }

    /// Arrows where a curve lies beyond the ends of the vertical axis.
    fn mark_outside(&self, curve: &Curve, buffer: &mut Buffer, plot: Rect, theme: Theme) {
        let glyphs = theme.glyphs();
        for &(x, low, high) in &curve.points {
            let Some(x) = column(&self.x, x, plot.width) else { continue };
            if self.y.place(high).is_some_and(|place| place > 1.0 + 1e-9) {
                buffer[(plot.x + x, plot.y)].set_symbol(glyphs.up).set_style(curve.style);
            }
            if self.y.place(low).is_some_and(|place| place < -1e-9) {
                buffer[(plot.x + x, plot.bottom() - 1)].set_symbol(glyphs.down).set_style(curve.style);
            }
        }
    }

    fn mark_not_finite(&self, curve: &Curve, buffer: &mut Buffer, plot: Rect, theme: Theme) {
        if curve.shape != Shape::Line {
            return;
        }
        let lost = curve.points.iter().find(|(x, low, high)| x.is_finite() && !(low.is_finite() && high.is_finite()));
        if let Some(x) = lost.and_then(|&(x, _, _)| column(&self.x, x, plot.width)) {
            buffer[(plot.x + x, plot.y)].set_symbol(theme.glyphs().failed).set_style(theme.bad());
        }
    }
}

/// What one column of dots shows of a curve.
struct Span {
    x: usize,
    top: usize,
    bottom: usize,
    first: usize,
    last: usize,
}

impl Span {
    fn widen(&mut self, top: usize, bottom: usize) {
        self.top = self.top.min(top);
        self.bottom = self.bottom.max(bottom);
        self.last = bottom;
    }
}

/// Draws an open column and connects it with the one before; `previous` is x, top and bottom for a band, x and the last
/// line twice for a curve.
fn flush(span: &mut Option<Span>, previous: &mut Option<(usize, usize, usize)>, curve: &Curve, dots: &mut Dots) {
    let Some(Span { x, top, bottom, first, last }) = span.take() else { return };
    match (curve.shape, *previous) {
        (Shape::Line, before) => {
            if let Some((from, line, _)) = before {
                dots.line((from, line), (x, first), curve.style);
            }
            dots.column(x, top, bottom, curve.style);
            *previous = Some((x, last, last));
        }
        (Shape::Band, before) => {
            let (from, from_top, from_bottom) = before.unwrap_or((x, top, bottom));
            for at in from..=x {
                let share = if x > from { (at - from) as f64 / (x - from) as f64 } else { 1.0 };
                let mix = |a: usize, b: usize| (a as f64 + share * (b as f64 - a as f64)).round() as usize;
                for y in mix(from_top, top)..=mix(from_bottom, bottom) {
                    if (at + y).is_multiple_of(2) {
                        dots.set(at, y, curve.style);
                    }
                }
            }
            *previous = Some((x, top, bottom));
        }
    }
}

fn dot(place: Option<f64>, dots: usize) -> Option<usize> {
    let place = place?;
    let at = (place * (dots - 1) as f64).round();
    (at >= 0.0 && at < dots as f64).then_some(at as usize)
}

/// The line from the top of a place from the bottom, kept within the drawing.
fn fall(place: f64, dots: usize) -> usize {
    ((1.0 - place.clamp(0.0, 1.0)) * (dots - 1) as f64).round() as usize
}

fn column(axis: &Axis, value: f64, cells: u16) -> Option<u16> {
    if cells == 0 {
        return None;
    }
    dot(axis.place(value), usize::from(cells)).map(|x| x as u16)
}

fn row(axis: &Axis, value: f64, cells: u16) -> Option<u16> {
    let place = axis.place(value)?;
    (cells > 0 && (-1e-9..=1.0 + 1e-9).contains(&place)).then(|| fall(place, usize::from(cells)) as u16)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::theme::GlyphSet;
    use crate::ui::widgets::Scale;

    fn drawn(curve: Curve, y: Axis, glyphs: GlyphSet, cells: u16, rows: u16) -> Vec<String> {
        let mut buffer = Buffer::empty(Rect::new(0, 0, cells, rows));
        let area = buffer.area;
        let x = Axis::exact(0.0, curve.points.last().map_or(1.0, |p| p.0.max(1.0)), Scale::Linear);
        let theme = Theme { glyphs, ..Theme::default() };
        Chart { x, y, curves: &[curve], marks: &[], cursor: None }.render(&mut buffer, area, theme);
        let row = |row: &[ratatui::buffer::Cell]| row.iter().map(ratatui::buffer::Cell::symbol).collect();
        buffer.content().chunks(usize::from(cells).max(1)).map(row).collect()
    }

    #[test]
    fn a_falling_curve_with_its_axes() {
        let curve = Curve::line([(0.0, 2.0), (5.0, 0.5), (10.0, 0.0)], Style::new());
        let rows = drawn(curve, Axis::exact(0.0, 2.0, Scale::Linear), GlyphSet::Braille, 20, 6);
        assert!(rows[0].starts_with("2│") && rows[5].trim_end().ends_with("10"), "{rows:#?}");
    }

    #[test]
    fn a_peak_of_one_step_is_seen() {
        let steps = (0..100_000).map(|i| (f64::from(i), if i == 54_321 { 10.0 } else { 1.0 }));
        let rows =
            drawn(Curve::line(steps, Style::new()), Axis::exact(0.0, 10.0, Scale::Linear), GlyphSet::Braille, 40, 10);
        assert!(rows[0].chars().skip(3).any(|c| c != ' '), "{rows:#?}");
    }

    #[test]
    fn a_lost_value_breaks_the_curve_and_is_marked() {
        let curve = Curve::line([(0.0, 1.0), (4.0, 1.0), (5.0, f64::NAN)], Style::new());
        let rows = drawn(curve, Axis::exact(0.0, 2.0, Scale::Linear), GlyphSet::Blocks, 20, 4);
        assert!(rows[0].ends_with('✗'), "{rows:#?}");
    }

    /// The rows without their axes: what stands right of the vertical one.
    fn plot(rows: &[String]) -> Vec<String> {
        rows.iter().filter_map(|row| row.split_once('│')).map(|(_, plot)| plot.to_owned()).collect()
    }

    #[test]
    fn a_constant_is_a_flat_line() {
        let curve = Curve::line((0..500).map(|i| (f64::from(i), 1e-4)), Style::new());
        let rows = drawn(curve, Axis::around(1e-4, 1e-4, Scale::Linear), GlyphSet::Braille, 40, 9);
        let used: Vec<String> = plot(&rows).into_iter().filter(|row| !row.trim().is_empty()).collect();
        assert_eq!(used.len(), 1, "{rows:#?}");
        assert_eq!(rows.iter().filter(|row| row.contains("1e-4")).count(), 1, "{rows:#?}");
    }

    #[test]
    fn what_has_no_place_on_a_log_axis_is_left_out() {
        let curve = Curve::line([(0.0, 1.0), (1.0, 0.0), (2.0, -5.0), (3.0, 0.0), (4.0, 1.0)], Style::new());
        let rows = drawn(curve, Axis::exact(0.01, 1.0, Scale::Log), GlyphSet::Braille, 40, 9);
        let plot = plot(&rows);
        assert!(plot[1..].iter().all(|row| row.trim().is_empty()), "{rows:#?}");
        assert_eq!(plot[0].chars().filter(|letter| *letter != ' ').count(), 2, "{rows:#?}");
    }

    #[test]
    fn a_point_beyond_the_axis_is_an_arrow_and_a_single_point_a_mark() {
        let curve = Curve::line([(0.0, 0.5), (5.0, 9.0), (10.0, -9.0)], Style::new());
        let rows = plot(&drawn(curve, Axis::exact(0.0, 1.0, Scale::Linear), GlyphSet::Braille, 30, 9));
        assert!(rows[0].contains('▴') && rows.last().unwrap().contains('▾'), "{rows:#?}");
        let single = Curve { points: vec![(0.0, 9.0, 9.0), (5.0, 0.5, 0.5)], ..Curve::line([], Style::new()) };
        let axis = Axis::exact(0.0, 1.0, Scale::Linear);
        let rows = drawn(Curve { points: single.points[1..].to_vec(), ..single }, axis, GlyphSet::Braille, 30, 9);
        assert!(rows.iter().any(|row| row.contains('◆')), "{rows:#?}");
    }

    #[test]
    fn a_break_joins_nothing() {
        let points = vec![(0.0, 0.0, 0.0), (5.0, 0.0, 0.0), BREAK, (5.0, 1.0, 1.0), (10.0, 1.0, 1.0)];
        let curve = Curve { points, ..Curve::line([], Style::new()) };
        let rows = plot(&drawn(curve, Axis::exact(0.0, 1.0, Scale::Linear), GlyphSet::Braille, 30, 9));
        assert!(rows[2..rows.len() - 2].iter().all(|row| row.trim().is_empty()), "{rows:#?}");
        assert!(!rows.concat().contains('✗'), "{rows:#?}");
    }

    #[test]
    fn any_size_and_any_value_is_taken() {
        let odd = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 0.0, -1.0, 1e300, f64::MIN_POSITIVE];
        for (cells, rows) in [(0, 0), (1, 1), (3, 2), (5, 40), (40, 5)] {
            for glyphs in GlyphSet::ALL {
                for scale in [Scale::Linear, Scale::Log] {
                    for shape in [Shape::Line, Shape::Band] {
                        let points = odd.iter().enumerate().map(|(i, &y)| (i as f64, y, y + 1.0)).collect();
                        let curve = Curve { points, style: Style::new(), shape, tag: Some('a'), front: true };
                        drawn(curve, Axis::around(1e-3, 10.0, scale), glyphs, cells, rows);
                    }
                }
            }
        }
    }
}
