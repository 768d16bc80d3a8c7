/**
 * Meters and observations of a store, in Micrometer. {@link dev.reel.micrometer.MicrometerRecorder} counts and times
 * what a store does; {@link dev.reel.micrometer.ReelMeters} lists its meters. {@link
 * dev.reel.micrometer.ObservedSessionStore} wraps a store and opens an observation per call, for traces. {@link
 * dev.reel.micrometer.MicrometerHttpRecorder} counts and times what a server does, and requires {@code reel-server}.
 */
@NullMarked
package dev.reel.micrometer;

import org.jspecify.annotations.NullMarked;
