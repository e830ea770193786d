//! "Did you mean": the known word nearest to a mistyped one.

/// Edit distance (insert, delete, replace) between two words, in characters.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = i;
        let mut left = i + 1;
        let mut next = vec![left];
        for (y, &above) in b.iter().zip(row.iter().skip(1)) {
            let here = (diagonal + usize::from(x != *y)).min(above + 1).min(left + 1);
            next.push(here);
            diagonal = above;
            left = here;
        }
        row = next;
    }
    row.last().copied().unwrap_or(0)
}

/// The word of `known` nearest to `word`, if one is near enough to be meant.
pub(crate) fn nearest<'a>(word: &str, known: &'a [String]) -> Option<&'a str> {
    let reach = (word.chars().count() / 2).max(2);
    known
        .iter()
        .map(|candidate| (distance(word, candidate), candidate.as_str()))
        .min()
        .filter(|(distance, _)| *distance <= reach)
        .map(|(_, candidate)| candidate)
}

/// A sentence that helps the writer of `word`: the nearest known word, or all of them.
pub(crate) fn hint(word: &str, known: &[String]) -> String {
    match nearest(word, known) {
        Some(found) => format!("did you mean `{found}`?"),
        None if known.is_empty() => "no key is known here".into(),
        None => format!("known keys: {}", known.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known() -> Vec<String> {
        ["port", "max-price", "netuid"].map(String::from).to_vec()
    }

    #[test]
    fn distance_should_count_edits() {
        for (a, b, expected) in [("", "", 0), ("", "ab", 2), ("port", "prt", 1), ("ab", "ba", 2)] {
            assert_eq!(distance(a, b), expected, "{a} {b}");
            assert_eq!(distance(b, a), expected, "{b} {a}");
        }
    }

    #[test]
    fn nearest_should_be_none_when_nothing_is_close() {
        assert_eq!(nearest("prot", &known()), Some("port"));
        assert_eq!(nearest("maxprice", &known()), Some("max-price"));
        assert_eq!(nearest("colour", &known()), None);
        assert_eq!(hint("colour", &known()), "known keys: port, max-price, netuid");
    }
}
