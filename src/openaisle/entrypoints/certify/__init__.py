"""The test bench for suppliers' systems: plays what a marketplace may send, and says what is wrong with the answers."""
