"""What an assembly can show of itself: its record, checked, counted, handed on."""
