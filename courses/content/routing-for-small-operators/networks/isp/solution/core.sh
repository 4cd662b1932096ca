# stage: up
true
