#!/usr/bin/perl
# Makes TARGET of a range of FILE, holes included. Bytes.
#
#   sparse-copy.pl FILE OFFSET SIZE TARGET
use strict;
use warnings;

# lseek(2) of Linux, and what it says behind the last data.
my ($SEEK_DATA, $SEEK_HOLE, $ENXIO) = (3, 4, 6);

my ($path, $offset, $size, $target) = @ARGV;
my $end = $offset + $size;
open my $from, '<:raw', $path or die "$path: $!\n";
open my $to, '>:raw', $target or die "$target: $!\n";
truncate $to, $size or die "$target: $!\n";

for (my $stop = $offset; $stop < $end;) {
    my $at = sysseek $from, $stop, $SEEK_DATA;
    if (!defined $at) {
        last if $! == $ENXIO;
        die "$path: cannot look for data: $!\n";
    }
    last if $at >= $end;
    $stop = sysseek $from, $at, $SEEK_HOLE or die "$path: cannot look for holes: $!\n";
    $stop = $end if $stop > $end;
    # Position 0 comes as "0 but true".
    sysseek $from, $at, 0 or die "$path: $!\n";
    sysseek $to, $at - $offset, 0 or die "$target: $!\n";
    while ($at < $stop) {
        my $left = $stop - $at;
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
