# A node of a lab. The prompt names the node, so that nobody types on the wrong one.
PS1='\u@\h:\w# '
alias ll='ls -l'
alias ip='ip -color=auto'
export LESS=-R PAGER=less EDITOR=nano
HISTCONTROL=ignoredups
