/** Measures the server beside a bare Reactor Netty server. {@link dev.reel.benchmarks.http.HttpBenchmark} is the program. */
@NullMarked
package dev.reel.benchmarks.http;

import org.jspecify.annotations.NullMarked;
