#!/usr/bin/perl
# Knows about holes, which Node cannot find.
#
#   sparse-copy.pl extents FILE                    prints "START END" of each run of data, bytes
#   sparse-copy.pl copy FILE OFFSET SIZE TARGET    makes TARGET of a range, holes included
use strict;
use warnings;

# lseek(2) on Linux
use constant { SEEK_DATA => 3, SEEK_HOLE => 4 };
use Errno qw(ENXIO);

sub extents {
    my ($file, $at, $end) = @_;
    my @runs;
    while ($at < $end) {
        my $start = sysseek $file, $at, SEEK_DATA;
        if (!defined $start) {
            last if $! == ENXIO;
            die "cannot look for data: $!\n";
        }
        last if $start >= $end;
        my $stop = sysseek($file, $start, SEEK_HOLE) // die "cannot look for holes: $!\n";
        $stop = $end if $stop > $end;
        push @runs, [$start + 0, $stop];
        $at = $stop;
    }
    return @runs;
}

my ($what, $path, $offset, $size, $target) = @ARGV;
open my $from, '<:raw', $path or die "$path: $!\n";
if ($what eq 'extents') {
    print "$$_[0] $$_[1]\n" for extents($from, 0, -s $from);
    exit;
}
open my $to, '+>:raw', $target or die "$target: $!\n";
truncate $to, $size or die "$target: $!\n";
for my $run (extents($from, $offset, $offset + $size)) {
    my ($at, $end) = @$run;
    sysseek $from, $at, 0 or die "$path: $!\n";
    # Position 0 comes as "0 but true".
    sysseek $to, $at - $offset, 0 or die "$target: $!\n";
    while ($at < $end) {
        my $left = $end - $at;
        my $read = sysread $from, my $data, $left < 1048576 ? $left : 1048576;
        die "$path: $!\n" unless defined $read;
        die "$path ends early\n" if $read == 0;
        for (my $done = 0; $done < $read;) {
            my $written = syswrite $to, $data, $read - $done, $done;
            die "$target: $!\n" unless defined $written;
            $done += $written;
        }
        $at += $read;
    }
}
close $to or die "$target: $!\n";
