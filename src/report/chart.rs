//! A line chart as SVG: axes, bands, curves and a legend beside them, drawn by plotters.
//!
//! Light ground; the colours are those of Okabe and Ito ("Color universal design", 2008), which the colour-blind tell
//! apart, and curves that share a colour differ in dash. No font is embedded: the SVG names a family and the viewer's
//! own is taken. Does not depend on what the curves mean.

use super::ReportError;
use super::axis::{Scale, Ticks};
use super::text::printable;
use plotters::coord::Shift;
use plotters::coord::ranged1d::{KeyPointHint, NoDefaultFormatting, Ranged, ValueFormatter};
use plotters::element::DashedPathElement;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

/// A colour that the colour-blind tell from the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CurveStyle {
    Black,
    Blue,
    Vermilion,
    Green,
    Purple,
    Sky,
    Orange,
    Grey,
}

impl CurveStyle {
    /// For curves that are told apart by colour alone.
    pub(crate) const ROUND: [Self; 7] =
        [Self::Blue, Self::Vermilion, Self::Green, Self::Purple, Self::Orange, Self::Sky, Self::Black];

    fn rgb(self) -> RGBColor {
        match self {
            Self::Black => RGBColor(0, 0, 0),
            Self::Blue => RGBColor(0, 114, 178),
            Self::Vermilion => RGBColor(213, 94, 0),
            Self::Green => RGBColor(0, 158, 115),
            Self::Purple => RGBColor(204, 121, 167),
            Self::Sky => RGBColor(86, 180, 233),
            Self::Orange => RGBColor(230, 159, 0),
            Self::Grey => RGBColor(110, 110, 110),
        }
    }
}

/// How a curve is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stroke {
    Solid,
    Dashed,
    /// A line through dots, for the few points of a sweep.
    Dots,
    /// Fine dots, for a level.
    Dotted,
}

/// One line of a chart.
#[derive(Clone, Debug)]
pub(crate) struct Curve {
    pub(crate) name: String,
    pub(crate) ink: CurveStyle,
    pub(crate) stroke: Stroke,
    /// x and y; the line breaks where either has no place on its axis.
    pub(crate) points: Vec<(f64, f64)>,
    /// x, lowest and highest y, shaded behind the line; may be empty.
    pub(crate) band: Vec<(f64, f64, f64)>,
}

/// A value that the study names in words, as a line across; without a name it is none of the legend's.
#[derive(Clone, Debug)]
pub(crate) struct Level {
    pub(crate) name: String,
    pub(crate) y: f64,
}

/// A chart.
#[derive(Clone, Debug)]
pub(crate) struct Chart {
    pub(crate) title: String,
    pub(crate) x: (String, Scale),
    pub(crate) y: (String, Scale),
    pub(crate) curves: Vec<Curve>,
    pub(crate) levels: Vec<Level>,
}

/// Plotters places everything on whole units, so the picture is drawn at twice the size that it is shown at.
const SIZE: (u32, u32) = (1920, 960);
const LEGEND_WIDTH: u32 = 420;
/// Plotters writes a font's size divided by this.
const FONT_UNIT: f64 = 1.24;
const INK_TEXT: RGBColor = RGBColor(40, 40, 40);
const INK_GRID: RGBColor = RGBColor(222, 222, 222);

/// An axis's own coordinate, marked where [`Ticks`] says.
struct Places(Ticks);

impl Ranged for Places {
    type FormatOption = NoDefaultFormatting;
    type ValueType = f64;

    fn map(&self, value: &f64, limit: (i32, i32)) -> i32 {
        let share = (value - self.0.low) / (self.0.high - self.0.low);
        limit.0 + (share * f64::from(limit.1 - limit.0)).round() as i32
    }

    fn key_points<Hint: KeyPointHint>(&self, _: Hint) -> Vec<f64> {
        self.0.at.clone()
    }

    fn range(&self) -> std::ops::Range<f64> {
        self.0.low..self.0.high
    }
}

impl ValueFormatter<f64> for Places {
    fn format_ext(&self, value: &f64) -> String {
        self.0.label(*value)
    }
}

fn font(size: f64) -> TextStyle<'static> {
    ("sans-serif", size * FONT_UNIT).into_font().color(&INK_TEXT)
}

impl Chart {
    /// The chart as an SVG document.
    ///
    /// # Errors
    /// When plotters reports one, which drawing into memory gives it no cause for.
    pub(crate) fn svg(&self) -> Result<String, ReportError> {
        let mut text = String::new();
        self.draw(&mut text).map_err(|reason| ReportError::Draw { title: self.title.clone(), reason })?;
        let (width, height) = SIZE;
        let drawn = format!("width=\"{width}\" height=\"{height}\"");
        let shown = format!("width=\"{}\" height=\"{}\" role=\"img\"", width / 2, height / 2);
        Ok(text.replacen(&drawn, &shown, 1))
    }

    fn ticks(&self) -> (Ticks, Ticks) {
        let points = || self.curves.iter().flat_map(|curve| &curve.points);
        let bands = || self.curves.iter().flat_map(|curve| &curve.band).flat_map(|(_, low, high)| [*low, *high]);
        let levels = self.levels.iter().map(|level| level.y);
        (
            Ticks::around(points().map(|point| point.0), self.x.1),
            Ticks::around(points().map(|point| point.1).chain(bands()).chain(levels), self.y.1),
        )
    }

    fn draw(&self, text: &mut String) -> Result<(), String> {
        let (x, y) = self.ticks();
        let root = SVGBackend::with_string(text, SIZE).into_drawing_area();
        root.fill(&WHITE).map_err(words)?;
        let (plot, legend) = root.split_horizontally(SIZE.0 - LEGEND_WIDTH);
        let mut context = ChartBuilder::on(&plot)
            .caption(printable(&self.title), font(34.0))
            .margin(24)
            .x_label_area_size(84)
            .y_label_area_size(136)
            .build_cartesian_2d(Places(x.clone()), Places(y))
            .map_err(words)?;
        context
            .configure_mesh()
            .light_line_style(TRANSPARENT)
            .bold_line_style(INK_GRID.stroke_width(2))
            .axis_style(RGBColor(120, 120, 120).stroke_width(2))
            .label_style(font(26.0))
            .axis_desc_style(font(28.0))
            .x_desc(printable(&self.x.0))
            .y_desc(printable(&self.y.0))
            .draw()
            .map_err(words)?;
        for level in &self.levels {
            if let Some(at) = self.y.1.coordinate(level.y) {
                let ends = [(x.low, at), (x.high, at)];
                let style = CurveStyle::Grey.rgb().stroke_width(3);
                context.draw_series(DashedLineSeries::new(ends, 4, 10, style)).map_err(words)?;
            }
        }
        for curve in &self.curves {
            for band in self.placed_bands(curve) {
                let shade = curve.ink.rgb().mix(0.16);
                context.draw_series([Polygon::new(band, shade.filled())]).map_err(words)?;
            }
        }
        for curve in &self.curves {
            let width = if curve.stroke == Stroke::Dashed { 5 } else { 4 };
            let style = curve.ink.rgb().stroke_width(width);
            for line in self.placed_lines(curve) {
                match curve.stroke {
                    Stroke::Dashed => context.draw_series(DashedLineSeries::new(line, 18, 10, style)).map(|_| ()),
                    Stroke::Dotted => context.draw_series(DashedLineSeries::new(line, 4, 10, style)).map(|_| ()),
                    Stroke::Solid => context.draw_series(LineSeries::new(line, style)).map(|_| ()),
                    Stroke::Dots => context
                        .draw_series(LineSeries::new(line, curve.ink.rgb().stroke_width(4).filled()).point_size(9))
                        .map(|_| ()),
                }
                .map_err(words)?;
            }
        }
        self.draw_legend(&legend)?;
        root.present().map_err(words)
    }

    /// The pieces of a curve between values that have no place.
    fn placed_lines(&self, curve: &Curve) -> Vec<Vec<(f64, f64)>> {
        pieces(curve.points.iter().map(|(x, y)| Some((self.x.1.coordinate(*x)?, self.y.1.coordinate(*y)?))))
    }

    /// The outlines of a band's pieces.
    fn placed_bands(&self, curve: &Curve) -> Vec<Vec<(f64, f64)>> {
        pieces(curve.band.iter().map(|(x, low, high)| {
            Some((self.x.1.coordinate(*x)?, self.y.1.coordinate(*low)?, self.y.1.coordinate(*high)?))
        }))
        .into_iter()
        .map(|piece| {
            let lower = piece.iter().map(|(x, low, _)| (*x, *low));
            let upper = piece.iter().rev().map(|(x, _, high)| (*x, *high));
            lower.chain(upper).collect()
        })
        .collect()
    }

    fn draw_legend(&self, area: &DrawingArea<SVGBackend<'_>, Shift>) -> Result<(), String> {
        let entries = self.curves.iter().map(|curve| (curve.name.as_str(), curve.ink, curve.stroke)).chain(
            self.levels
                .iter()
                .filter(|level| !level.name.is_empty())
                .map(|level| (level.name.as_str(), CurveStyle::Grey, Stroke::Dotted)),
        );
        let mut y = 96;
        for (name, ink, stroke) in entries {
            let style = ink.rgb().stroke_width(5);
            let line = [(8, y), (72, y)];
            match stroke {
                Stroke::Dashed => area.draw(&DashedPathElement::new(line, 16, 10, style)),
                Stroke::Dotted => area.draw(&DashedPathElement::new(line, 4, 10, style)),
                Stroke::Solid => area.draw(&PathElement::new(line, style)),
                Stroke::Dots => area
                    .draw(&PathElement::new(line, style))
                    .and_then(|()| area.draw(&Circle::new((40, y), 9, ink.rgb().filled()))),
            }
            .map_err(words)?;
            let anchor = Pos::new(HPos::Left, VPos::Center);
            for part in wrapped(&printable(name), 24) {
                area.draw(&Text::new(part, (88, y), font(26.0).pos(anchor))).map_err(words)?;
                y += 32;
            }
            y += 14;
        }
        Ok(())
    }
}

/// Splits a row of places where one is missing; pieces of a single point are kept.
fn pieces<P>(places: impl Iterator<Item = Option<P>>) -> Vec<Vec<P>> {
    let mut pieces = vec![Vec::new()];
    for place in places {
        match (place, pieces.last_mut()) {
            (Some(place), Some(piece)) => piece.push(place),
            _ => pieces.push(Vec::new()),
        }
    }
    pieces.retain(|piece| !piece.is_empty());
    pieces
}

/// Words broken into lines of at most `width` letters; a longer word is cut with a mark.
fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        let word = if word.chars().count() > width {
            word.chars().take(width - 1).chain(['…']).collect()
        } else {
            word.to_owned()
        };
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= width => {
                line.push(' ');
                line.push_str(&word);
            }
            _ => lines.push(word),
        }
    }
    lines
}

fn words(error: impl std::fmt::Display) -> String {
    error.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chart() -> Chart {
        let course = |scale: f64| (1..=300).map(|x| (f64::from(x) * 47.0, scale / f64::from(x))).collect::<Vec<_>>();
        Chart {
            title: "Training and test loss <sigmoid> & \"tanh\" \x1b[31m".to_owned(),
            x: ("iterations".to_owned(), Scale::Linear),
            y: ("cross-entropy".to_owned(), Scale::Log),
            curves: vec![
                Curve {
                    name: "train, mean of 5 seeds".to_owned(),
                    ink: CurveStyle::Blue,
                    stroke: Stroke::Solid,
                    band: course(2.0).into_iter().map(|(x, y)| (x, y * 0.7, y * 1.4)).collect(),
                    points: course(2.0),
                },
                Curve {
                    name: "test".to_owned(),
                    ink: CurveStyle::Vermilion,
                    stroke: Stroke::Dashed,
                    points: course(1.0).into_iter().step_by(20).collect(),
                    band: Vec::new(),
                },
                Curve {
                    name: "breaks".to_owned(),
                    ink: CurveStyle::Green,
                    stroke: Stroke::Dots,
                    points: vec![
                        (1.0, 0.5),
                        (2000.0, f64::NAN),
                        (4000.0, 0.4),
                        (6000.0, -1.0),
                        (8000.0, 0.3),
                        (9000.0, 0.2),
                    ],
                    band: Vec::new(),
                },
            ],
            levels: vec![Level { name: "half".to_owned(), y: 0.5 }],
        }
    }

    #[test]
    fn text_stands_in_the_picture_and_is_escaped() {
        let svg = chart().svg().unwrap();
        assert!(svg.starts_with("<svg width=\"960\" height=\"480\" role=\"img\" viewBox=\"0 0 1920 960\""));
        assert!(svg.contains("&lt;sigmoid&gt; &amp; &quot;tanh&quot; \u{fffd}[31m"));
        assert!(svg.contains("iterations") && svg.contains("cross-entropy") && svg.contains("10,000"));
        assert!(!svg.contains('\x1b') && !svg.contains("NaN"));
        if let Some(path) = std::env::var_os("PERCEPTOP_SVG") {
            std::fs::write(path, svg).unwrap();
        }
    }

    #[test]
    fn an_empty_chart_is_still_a_picture() {
        let empty = Chart { curves: Vec::new(), levels: Vec::new(), ..chart() };
        assert!(empty.svg().unwrap().ends_with("</svg>\n"));
    }

    #[test]
    fn lines_break_where_a_value_has_no_place() {
        let found = pieces([Some(1), None, Some(2), Some(3), None, None].into_iter());
        assert_eq!(found, [vec![1], vec![2, 3]]);
    }

    #[test]
    fn names_are_wrapped_and_cut_with_a_mark() {
        assert_eq!(wrapped("train, mean of 5 seeds", 12), ["train, mean", "of 5 seeds"]);
        assert_eq!(wrapped("abcdefghijklmnop", 6), ["abcde…"]);
    }
}
