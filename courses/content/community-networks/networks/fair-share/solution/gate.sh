# stage: works
# stage: share
tc qdisc add dev lan root handle 1: htb default 30
tc class add dev lan parent 1: classid 1:1 htb rate 3600kbit
tc class add dev lan parent 1:1 classid 1:10 htb rate 1600kbit ceil 3600kbit
tc class add dev lan parent 1:1 classid 1:20 htb rate 1600kbit ceil 3600kbit
tc class add dev lan parent 1:1 classid 1:30 htb rate 400kbit ceil 3600kbit
tc qdisc add dev lan parent 1:10 pfifo limit 30
tc qdisc add dev lan parent 1:20 pfifo limit 30
tc qdisc add dev lan parent 1:30 pfifo limit 30
tc filter add dev lan parent 1: protocol ipv6 u32 match ip6 dst 2001:db8:77:a::a/128 flowid 1:10
tc filter add dev lan parent 1: protocol ipv6 u32 match ip6 dst 2001:db8:77:a::b/128 flowid 1:20
