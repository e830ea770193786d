//! What the bench reports of a case.

use alun_yuma_bench::{
    case::{Case, HEADER},
    shapes::{subnet, Shape},
    wasm::Wasm,
};

/// Every place says what the memory alone would cost, in the table and for machines.
#[test]
fn a_case_should_have_its_floor_and_the_ratio_to_it_wherever_it_ran() {
    let shape = Shape::all().find(|shape| shape.silent_owner).unwrap();
    let subnet = subnet(shape, "classic").unwrap();
    let wasm = Wasm::new().unwrap();
    let cases = [
        Case::native(shape, "classic", &subnet, 0.0).unwrap(),
        Case::wasm(shape, "classic", &subnet, &wasm, 0.0).unwrap(),
    ];
    for (case, place) in cases.iter().zip(["native", "wasm"]) {
        let json = case.json();
        assert_eq!(json["where"], place);
        let (median, floor) = (json["median_ms"].as_f64(), json["floor_ms"].as_f64());
        assert!(floor.unwrap() > 0.0);
        // An epoch does more than to look at its input.
        assert!(case.over_floor() > 1.0, "{case}");
        assert_eq!(json["over_floor"].as_f64(), Some(median.unwrap() / floor.unwrap()));
        let line = case.to_string();
        assert!(line.contains(&format!("{:.1}", case.over_floor())), "{line}");
    }
    assert_eq!(cases[0].to_string().len(), HEADER.len());
}
