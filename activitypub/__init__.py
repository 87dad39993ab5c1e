"""The protocol: ActivityPub, signatures, proofs and logs. It knows no assembly."""
