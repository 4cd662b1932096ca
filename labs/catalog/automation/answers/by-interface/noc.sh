# stage: reach
vi -es -c '%s/<<mgmt::61>>/<<mgmt::6>>/' -c wq /etc/ansible/hosts
ansible routers -m copy -a '{"content": "Call the NOC: +999 555 0<<code>>\n", "dest": "/etc/motd"}'
# stage: filter
sed -i '/iifname lo accept/a\    iifname != mgmt tcp dport 22 reject with tcp reset' /etc/ansible/templates/filter.nft.j2
sed -i "/iifname lo accept/a\{% if inventory_hostname == 'r4' %}\n    ip6 saddr <<bad>> drop\n{% endif %}" /etc/ansible/templates/filter.nft.j2
printf '%s\n' '- hosts: routers' '  gather_facts: false' '  serial: "{{ lots | default([1, 5]) }}"' '  tasks:' '    - template: {src: /etc/ansible/templates/filter.nft.j2, dest: /etc/nftables.conf}' >/root/play.yaml
printf '%s\n' '    - command: try-filter' '    - block:' '        - wait_for: {timeout: 7}' '          delegate_to: localhost' >>/root/play.yaml
printf '%s\n' '        - shell: vtysh -c "show ipv6 ospf6 neighbor json"' '          register: seen' '          failed_when: seen.stdout.count("Full") != 2' '        - command: keep-filter' >>/root/play.yaml
printf '%s\n' '      rescue:' '        - shell: cp /etc/nftables.kept /etc/nftables.conf; nft -f /etc/nftables.conf' '        - fail: {msg: taken back}' >>/root/play.yaml
ansible-playbook /root/play.yaml -e '{"strict": false, "lots": [6]}'
# stage: safeguard
ansible-playbook /root/play.yaml -e '{"strict": true}'
# stage: strict
sed -i '/traceroute/a\    ip6 nexthdr 89 accept' /etc/ansible/templates/filter.nft.j2
ansible-playbook /root/play.yaml -e '{"strict": true}' >/root/play.log 2>&1 &
