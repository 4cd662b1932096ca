# stage: normal
true
