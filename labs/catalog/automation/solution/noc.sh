# stage: reach
sed -i 's/<<mgmt::61>>/<<mgmt::6>>/' /etc/ansible/hosts
ansible-playbook /etc/ansible/banner.yaml
# stage: filter
mkdir /etc/ansible/host_vars
echo "own_rules: ['ip6 saddr <<bad>> drop']" >/etc/ansible/host_vars/r4.yaml
sed -i '/iifname lo accept/a\    tcp dport 22 ip6 saddr != {{ management }} drop' /etc/ansible/templates/filter.nft.j2
echo '    - {name: Keep it, ansible.builtin.command: keep-filter}' >>/etc/ansible/filter.yaml
ansible-playbook /etc/ansible/filter.yaml
# stage: safeguard
sed -i 's/gather_facts: false/&\n  serial: [1, 5]/' /etc/ansible/filter.yaml
sed -i '/Keep it/i\    - ansible.builtin.pause: {seconds: 7}' /etc/ansible/filter.yaml
sed -i '/Keep it/i\    - {name: Look, ansible.builtin.shell: vtysh -c "show ipv6 ospf6 neighbor" | grep -c Full, register: full, until: full.stdout == "2", retries: 3, delay: 1}' /etc/ansible/filter.yaml
git -C /etc/ansible merge -q colleague
ansible-playbook /etc/ansible/filter.yaml
# stage: strict
sed -i '/ct state/a\    meta l4proto 89 accept' /etc/ansible/templates/filter.nft.j2
ansible-playbook /etc/ansible/filter.yaml >/root/play.log 2>&1 &
