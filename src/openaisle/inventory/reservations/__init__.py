"""Reservations: stock that a storefront holds for a shopper before there is an order, for an hour at the most."""
