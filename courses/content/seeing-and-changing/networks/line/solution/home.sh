# stage: up
ip -6 route get 2001:db8:2::1
