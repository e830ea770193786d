//! Line charts as SVG.

use plotters::{prelude::*, style::text_anchor};
use thiserror::Error;

/// A chart can't be drawn.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("the chart `{title}` can't be drawn: {reason}")]
pub struct PlotError {
    title: String,
    reason: String,
}

/// One line of a chart.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// What the legend calls it.
    pub name: String,
    /// From left to right.
    pub points: Vec<(f64, f64)>,
}

/// A chart.
#[derive(Clone, Debug, PartialEq)]
pub struct Chart {
    /// What stands above it.
    pub title: String,
    /// What is to the right.
    pub x: Axis,
    /// What is upwards.
    pub y: Axis,
    /// The lines, in the order of the legend.
    pub lines: Vec<Line>,
    /// Where the legend is.
    pub legend: Legend,
}

/// Where a legend is, on the right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Legend {
    /// At the top.
    Upper,
    /// Half-way.
    Middle,
    /// At the bottom.
    Lower,
}

/// An axis.
#[derive(Clone, Debug, PartialEq)]
pub struct Axis {
    /// What it shows.
    pub label: String,
    /// Where it begins.
    pub from: f64,
    /// Where it ends.
    pub to: f64,
    /// Lines of the grid and numbers, at most.
    pub ticks: usize,
    /// Digits after the point.
    pub digits: usize,
}

impl Axis {
    /// An axis with ten ticks and two digits.
    pub fn new(label: &str, from: f64, to: f64) -> Self {
        Self { label: label.to_owned(), from, to, ticks: 10, digits: 2 }
    }

    /// An axis from a round number under the smallest value to one over the largest.
    pub fn around(label: &str, values: impl IntoIterator<Item = f64>) -> Self {
        let fold = |(low, high): (f64, f64), value: f64| (low.min(value), high.max(value));
        let (low, high) = values.into_iter().fold((f64::INFINITY, f64::NEG_INFINITY), fold);
        if low > high {
            return Self::new(label, 0.0, 1.0);
        }
        let step = if high - low > 0.4 { 0.1 } else { 0.05 };
        let from = (low / step).floor() * step;
        Self::new(label, from, ((high / step).ceil() * step).max(from + step))
    }
}

const SIZE: (u32, u32) = (760, 460);
const FONT: &str = "sans-serif";
/// Told apart in print and by the colour-blind (Okabe and Ito).
const COLOURS: [RGBColor; 7] = [
    RGBColor(0, 114, 178),
    RGBColor(213, 94, 0),
    RGBColor(0, 158, 115),
    RGBColor(204, 121, 167),
    RGBColor(230, 159, 0),
    RGBColor(86, 180, 233),
    RGBColor(0, 0, 0),
];

impl Chart {
    /// The chart as the text of an SVG file. The same chart gives the same text.
    ///
    /// # Errors
    ///
    /// When an axis is empty.
    pub fn svg(&self) -> Result<String, PlotError> {
        let mut text = String::new();
        let drawn = self.draw(&mut text);
        drawn
            .map_err(|error| PlotError { title: self.title.clone(), reason: error.to_string() })?;
        Ok(text)
    }

    fn draw(&self, text: &mut String) -> Result<(), Box<dyn std::error::Error>> {
        if !(self.x.from < self.x.to && self.y.from < self.y.to) {
            return Err("an axis has no length".into());
        }
        let root = SVGBackend::with_string(text, SIZE).into_drawing_area();
        root.fill(&WHITE)?;
        let centred = text_anchor::Pos::new(text_anchor::HPos::Center, text_anchor::VPos::Top);
        let mut chart = ChartBuilder::on(&root)
            .caption(&self.title, (FONT, 18).into_font().into_text_style(&root).pos(centred))
            .margin(12)
            .x_label_area_size(44)
            .y_label_area_size(58)
            .build_cartesian_2d(self.x.from..self.x.to, self.y.from..self.y.to)?;
        chart
            .configure_mesh()
            .light_line_style(TRANSPARENT)
            .bold_line_style(RGBColor(222, 222, 222))
            .x_labels(self.x.ticks)
            .y_labels(self.y.ticks)
            .x_desc(&self.x.label)
            .y_desc(&self.y.label)
            .x_label_formatter(&|value| format!("{value:.*}", self.x.digits))
            .y_label_formatter(&|value| format!("{value:.*}", self.y.digits))
            .label_style((FONT, 13))
            .draw()?;
        for (line, colour) in self.lines.iter().zip(COLOURS.iter().cycle()) {
            let style = colour.stroke_width(2);
            let points = line.points.iter().copied();
            chart
                .draw_series(LineSeries::new(points.clone(), style).point_size(0))?
                .label(&line.name)
                .legend(move |(x, y)| PathElement::new([(x, y), (x + 18, y)], style));
            if line.points.len() <= 40 {
                chart.draw_series(points.map(|point| Circle::new(point, 3, colour.filled())))?;
            }
        }
        let position = match self.legend {
            Legend::Upper => SeriesLabelPosition::UpperRight,
            Legend::Middle => SeriesLabelPosition::MiddleRight,
            Legend::Lower => SeriesLabelPosition::LowerRight,
        };
        chart
            .configure_series_labels()
            .position(position)
            .background_style(WHITE.mix(0.85))
            .border_style(RGBColor(180, 180, 180))
            .label_font((FONT, 13))
            .draw()?;
        root.present()?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chart() -> Chart {
        Chart {
            title: "a & b".into(),
            x: Axis::new("x", 0.0, 1.0),
            y: Axis::around("y", [0.13, 0.58]),
            lines: vec![Line { name: "<one>".into(), points: vec![(0.0, 0.2), (1.0, 0.5)] }],
            legend: Legend::Upper,
        }
    }

    #[test]
    fn svg_should_be_the_same_and_escaped_when_drawn_twice() {
        let text = chart().svg().unwrap();
        assert_eq!(text, chart().svg().unwrap());
        assert!(text.starts_with("<svg") && text.trim_end().ends_with("</svg>"));
        assert!(text.contains("&lt;one&gt;") && text.contains("a &amp; b"));
    }

    #[test]
    fn svg_should_be_refused_when_an_axis_is_empty() {
        let empty = Chart { x: Axis::new("x", 1.0, 1.0), ..chart() };
        assert!(empty.svg().unwrap_err().to_string().contains("a & b"));
    }

    #[test]
    fn axis_should_hold_all_values() {
        let axis = Axis::around("y", [0.13, 0.58]);
        assert!(axis.from <= 0.13 && axis.to >= 0.58);
        assert_eq!(Axis::around("y", []), Axis::new("y", 0.0, 1.0));
    }
}
