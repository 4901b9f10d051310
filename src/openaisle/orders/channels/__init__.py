"""The roads by which purchase orders reach suppliers: one module each, all behind one Protocol."""
