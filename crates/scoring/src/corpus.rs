//! Sentences from a seed. They look like what users send, so that a challenge can't be told from
//! traffic, and there are enough of them that none comes twice.

use crate::stream::SeedStream;

const PEOPLE: &[&str] = &[
    "the harbour master",
    "a retired nurse",
    "my younger brother",
    "the night baker",
    "an old cartographer",
    "the new apprentice",
    "our neighbour",
    "a travelling musician",
    "the village council",
    "a marine biologist",
    "the bus driver",
    "an exchange student",
    "the bookbinder",
    "a patient gardener",
    "the choir",
    "a junior engineer",
];
const ACTS: &[&str] = &[
    "repaired",
    "described",
    "measured",
    "forgot",
    "painted",
    "counted",
    "carried",
    "explained",
    "sold",
    "hid",
    "studied",
    "borrowed",
    "replaced",
    "photographed",
    "defended",
    "organised",
];
const THINGS: &[&str] = &[
    "a brass compass",
    "the tide tables",
    "three wooden crates",
    "a map of the delta",
    "the broken pump",
    "a letter from Surabaya",
    "the oldest bridge",
    "a basket of limes",
    "the library's ledger",
    "a silent radio",
    "the market square",
    "two bicycles",
    "the greenhouse",
    "a proof of the theorem",
    "the winter timetable",
    "a jar of honey",
];
const WHEN: &[&str] = &[
    "before sunrise",
    "during the long drought",
    "on the last day of term",
    "after the concert",
    "in early spring",
    "while it rained",
    "at the edge of the forest",
    "between two trains",
    "when nobody was watching",
    "in under an hour",
    "for the third time",
    "without any help",
    "as the ferry left",
    "near the old customs house",
];
const WHY: &[&str] = &[
    "because the river had risen",
    "to win a small bet",
    "although the price had doubled",
    "so that everyone could see it",
    "since the instructions were unclear",
    "despite the noise",
    "hoping for better weather",
    "to honour an old promise",
    "while the accounts were audited",
    "as the committee had asked",
];
const SUBJECTS: &[&str] = &[
    "how tides shape a harbour town",
    "why bread rises",
    "the way bees find their hive",
    "keeping a bicycle in good repair",
    "planning a vegetable garden",
    "how a public market sets its prices",
    "the history of paper",
    "why leaves change colour",
    "tuning a guitar by ear",
    "how bridges carry weight",
    "saving water in a dry summer",
    "the first days of a new job",
    "how letters crossed the sea",
    "reading a weather map",
    "why ice floats",
    "making a quilt from old shirts",
];
const OPENINGS: &[&str] = &[
    "Explain in simple words",
    "Write two sentences about",
    "Give a friendly answer about",
    "Tell a visitor something about",
    "Summarise for a child",
    "Write the opening of an essay on",
    "List what matters most about",
    "Describe, step by step,",
];

fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

fn one(stream: &mut SeedStream, words: &[&'static str]) -> &'static str {
    stream.pick(words).unwrap_or_default()
}

/// A sentence of eight to twenty-odd words; one in three has a second clause.
pub fn sentence(stream: &mut SeedStream) -> String {
    let mut text = format!(
        "{} {} {} {}",
        capitalised(one(stream, PEOPLE)),
        one(stream, ACTS),
        one(stream, THINGS),
        one(stream, WHEN)
    );
    if stream.below(3) == 0 {
        text = format!("{text}, {}", one(stream, WHY));
    }
    // A number makes nearly every sentence unique.
    match stream.below(3) {
        0 => format!("{text}, and it took {} minutes.", 2 + stream.below(9_000)),
        1 => format!("{text} (entry {}).", 1 + stream.below(1_000_000)),
        _ => format!("{text}; {} people agreed.", 2 + stream.below(90_000)),
    }
}

/// A request to a language model.
pub fn instruction(stream: &mut SeedStream) -> String {
    format!(
        "{} {}. Bear in mind that {} {} {} {}.",
        one(stream, OPENINGS),
        one(stream, SUBJECTS),
        one(stream, PEOPLE),
        one(stream, ACTS),
        one(stream, THINGS),
        one(stream, WHEN),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn sentences_should_hardly_ever_repeat() {
        let mut stream = SeedStream::new(&[3; 32]);
        let texts: HashSet<String> = (0..2_000).map(|_| sentence(&mut stream)).collect();
        assert!(texts.len() > 1_995, "{}", texts.len());
        assert!(texts.iter().all(|text| text.len() < 400 && text.split(' ').count() >= 6));
    }
}
