"""What orders must withstand: load beside answers in time, a flash sale, a full store, suppliers that are down."""
