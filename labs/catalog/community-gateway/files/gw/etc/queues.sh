# The queues of the gateway. It runs at boot, and after a change: sh /etc/queues.sh
tc qdisc del dev fibre root 2>/dev/null
tc qdisc del dev lan root 2>/dev/null

# The fibre carries <<line.kbit>> kbit/s in each direction. These lines are for what leaves by fibre:

# And these for what leaves by lan, to the houses:
