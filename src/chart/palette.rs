//! Colours that the colour-blind tell apart (Okabe and Ito), dark and light by turns so that grey prints do, too.

pub(super) const INK: &str = "#222222";
pub(super) const QUIET: &str = "#595959";
pub(super) const GRID: &str = "#dddddd";
pub(super) const PAPER: &str = "#ffffff";

/// A colour and the one of text on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Colour {
    pub(super) fill: &'static str,
    pub(super) text: &'static str,
}

const COLOURS: [Colour; 8] = [
    Colour { fill: "#0072b2", text: PAPER },
    Colour { fill: "#e69f00", text: "#000000" },
    Colour { fill: "#009e73", text: "#000000" },
    Colour { fill: "#56b4e9", text: "#000000" },
    Colour { fill: "#d55e00", text: "#000000" },
    Colour { fill: "#f0e442", text: "#000000" },
    Colour { fill: "#cc79a7", text: "#000000" },
    Colour { fill: "#000000", text: PAPER },
];

/// What is put together from many is grey.
pub(super) const OTHERS: Colour = Colour { fill: "#999999", text: "#000000" };

/// The colour of a series or slice; after the eighth they begin anew.
pub(super) fn colour(place: usize) -> Colour {
    COLOURS.get(place % COLOURS.len()).copied().unwrap_or(OTHERS)
}

const DASHES: [&str; 4] = ["none", "8 4", "2 4", "12 4 2 4"];

/// How the line of a series is dashed.
pub(super) fn dashes(place: usize) -> &'static str {
    DASHES.get(place % DASHES.len()).copied().unwrap_or("none")
}

/// The colour of a cell from how large its figure is, 0 to 1, and that of text on it.
pub(super) fn shade(part: f64, below_zero: bool) -> (String, &'static str) {
    let (least, most) = if below_zero {
        ((255.0, 248.0, 230.0), (184.0, 104.0, 0.0))
    } else {
        ((240.0, 247.0, 252.0), (0.0, 82.0, 132.0))
    };
    let part = part.clamp(0.0, 1.0);
    let mix = |from: f64, to: f64| (from + (to - from) * part).round();
    let (red, green, blue) = (mix(least.0, most.0), mix(least.1, most.1), mix(least.2, most.2));
    let light = 0.299 * red + 0.587 * green + 0.114 * blue;
    (format!("rgb({red:.0},{green:.0},{blue:.0})"), if light > 140.0 { "#000000" } else { PAPER })
}
