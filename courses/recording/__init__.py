"""Records what labs print for lessons: starts a lab, solves it up to a stage, types a block's lines and keeps what came back."""
