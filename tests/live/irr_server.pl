#!/usr/bin/perl
# A stand-in for a server of the Internet Routing Registry, with as much of its protocol as bgpq4 speaks.
# It reads the objects again for each client: usage: irr_server.pl FILE, where FILE has RPSL objects (RFC 2622, RFC 4012):
# as-set with members, and route or route6 with origin.
use strict;
use warnings;
use IO::Socket::IP;

sub objects {
    open my $file, "<", $ARGV[0] or return {};
    local $/ = "";
    my %found;
    for my $object (<$file>) {
        my %of = map { lc($1) => $2 if /^([\w-]+):\s*(.*?)\s*$/ } split /\n/, $object;
        $found{ lc "!i$of{'as-set'}" } = join " ", split /[,\s]+/, $of{members} // "" if $of{"as-set"};
        for (["route", "g"], ["route6", "6"]) {
            push @{ $found{ lc "!$_->[1]$of{origin}" } }, $of{ $_->[0] } if $of{ $_->[0] } && $of{origin};
        }
    }
    return \%found;
}

my $server = IO::Socket::IP->new(LocalHost => "::", LocalPort => 43, Listen => 5, ReuseAddr => 1) or die "$@\n";
while (my $client = $server->accept) {
    my $found = objects();
    $client->autoflush(1);
    while (defined(my $question = <$client>)) {
        $question =~ s/\s+$//;
        next if $question eq "!!";    # several questions on one connection
        last if $question eq "!q";
        (my $key = lc $question) =~ s/,1$//;
        my $answer = $found->{$key};
        $answer = join " ", @$answer if ref $answer;
        print $client defined $answer ? "A" . (length($answer) + 1) . "\n$answer\nC\n" : $question =~ /^![ns]/ ? "C\n" : "D\n";
    }
    close $client;
}
