"""What hidden tests are written with: comparisons whose messages give nothing away, and random inputs."""
