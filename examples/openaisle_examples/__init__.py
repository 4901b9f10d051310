"""Worked examples around a marketplace: simulated suppliers and a simulated storefront.

They are simulations and say so, but what they speak is real: HTTP servers that verify signatures, remember what they
were told and answer a repetition the same, as the systems of real suppliers and storefronts must. The demonstration,
the replay, the tests and the benchmarks run against them. Nothing here may be needed by a marketplace in earnest.
"""
