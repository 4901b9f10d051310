"""Offers: one supplier's terms for one product.

Here belong the offer's record, its states and who may change them. Here never belongs how much of it lies in
stock (inventory/), nor how a submission was validated (catalog/).
"""
