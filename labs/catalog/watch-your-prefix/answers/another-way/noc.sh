# Typed into the node line by line. Nothing here is a script. A stage begins and ends at the prompt of bash.
# stage: feed
# Nothing to type on noc: the collector runs.
# stage: watch
printf '%s\n' 'phone <<mobile_net::5>>  # the mobile line' '<<own>> AS<<me>> AS<<up_as>>' '<<own:a::/48>> as<<me>> <<up_as>>  # from Saturday on' '<<own:c::/48>> AS<<shop_as>> any' >/etc/prefix-watch.conf
# stage: answer
printf '%s\n' 'Prefix: <<own:6600::/40>>' 'Since: 2026-11-30 03:12:44Z' 'Path: AS<<up_as>>, AS<<rogue_as>>' 'Holder: we, AS <<me>>' 'Proof: whois, RDAP' 'Please: reject it from AS <<rogue_as>>, and tell us' 'Call: +999 555 0142' >/etc/request
ask-upstream
# stage: after
(timeout 120 sh -c "until lg | grep -q filtered; do sleep 1; done; fresh-feed" >/dev/null 2>&1 &)
