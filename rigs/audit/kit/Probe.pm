# Loaded by every attack that is written in Perl: raw system calls by name, and the two ways in which an attack ends.
package Probe;
use strict;
use warnings;
use Exporter 'import';
our @EXPORT = qw(call through refused needs AT_FDCWD);

use constant AT_FDCWD => -100;
my $arm = `uname -m` =~ /^aarch64/;

# Name: x86-64, arm64. All calls since Linux 5.1 have one number everywhere.
my %numbers = (
    mount => [165, 40], umount2 => [166, 39], pivot_root => [155, 41], unshare => [272, 97], setns => [308, 268],
    clone => [56, 220], chroot => [161, 51], reboot => [169, 142], kexec_load => [246, 104], init_module => [175, 105],
    acct => [163, 89], swapon => [167, 224], syslog => [103, 116], settimeofday => [164, 170], clock_settime => [227, 112],
    add_key => [248, 217], keyctl => [250, 219], bpf => [321, 280], perf_event_open => [298, 241], userfaultfd => [323, 282],
    kcmp => [312, 272], process_vm_readv => [310, 270], ptrace => [101, 117], personality => [135, 92],
    name_to_handle_at => [303, 264], open_by_handle_at => [304, 265], memfd_create => [319, 279], mq_open => [240, 180],
    inotify_init1 => [294, 26], inotify_add_watch => [254, 27], vmsplice => [278, 75], splice => [275, 76],
    shmget => [29, 194], shmat => [30, 196], sched_setscheduler => [144, 119], sched_setattr => [314, 274], prlimit64 => [302, 261], mknodat => [259, 33],
    quotactl => [179, 60], mmap => [9, 222], madvise => [28, 233], timer_create => [222, 107], lookup_dcookie => [212, 18],
    io_uring_setup => [425, 425], open_tree => [428, 428], move_mount => [429, 429], fsopen => [430, 430],
    fsconfig => [431, 431], fsmount => [432, 432], clone3 => [435, 435], pidfd_open => [434, 434], pidfd_getfd => [438, 438],
    mount_setattr => [442, 442], openat => [257, 56], rt_sigqueueinfo => [129, 138], socket => [41, 198], io_setup => [206, 0], setsockopt => [54, 208],
);

# The result of a system call, -1 with $! as ever.
sub call {
    my ($name, @arguments) = @_;
    my $number = $name =~ /^\d+$/ ? $name : $numbers{$name}[$arm];
    $! = 0;
    return syscall($number, @arguments);
}

sub through { print "THROUGH @_\n"; exit 0 }
sub refused { print "REFUSED @_\n"; exit 0 }

# Refused with the kernel's own word for it, unless the call went well.
sub needs {
    my ($what, $result) = @_;
    refused("$what: $!") if !defined $result || $result < 0;
    return $result;
}

1;
