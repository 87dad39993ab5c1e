"""Elections whose official counts were published, stage by stage."""
