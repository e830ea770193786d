//! What a wallet sees of a market.

use super::*;

#[test]
fn view_should_show_the_market_as_of_now() {
    build_and_execute(|| {
        RootTotal::set(1_000 * UNIT);
        buy(&alice(), A, 10 * UNIT, 0).unwrap();
        root_part(9, A, &alice(), UNIT);
        Earns::set(UNIT);
        Emits::set(UNIT);
        skip(100);
        buy(&alice(), A, UNIT, 0).unwrap();
        skip(HALF_LIFE);
        let (view, row) = (Market::market_view(A).unwrap(), market(A));
        assert_eq!((view.price, view.fee), (Market::spot(A), 500));
        assert_eq!((view.price_average, view.reserve_average), Market::averages(A));
        assert_eq!((view.native_reserve, view.alpha_reserve.0), (row.pool.native, row.pool.alpha));
        assert_eq!((view.issuance, view.root_parts), (row.issuance, Alpha(UNIT)));
        assert!(view.buyback > 0 && view.buyback == row.buyback);
        assert_eq!(Market::market_view(B), None);
        poll();
        poll();
        let (view, sale) = (Market::market_view(A).unwrap(), market(A).sale);
        assert!(sale.due + sale.proceeds > 0);
        assert_eq!(view.root_proceeds, sale.due + sale.proceeds);
    });
}
