# Builds a program from the C core without R: only what has changed, as many
# files at once as -j says. It needs GNU make. Called by tools/core-build.sh with
#
#   PROGRAM=.build/gcc/core   the program, beside which the objects go
#   UNITS='tests/core/a.c'    its own source files; all of src/*/ is added
#   CC, FLAGS, LIBS           the compiler, its options, and libraries
DIRECTORY = $(dir $(PROGRAM))
SOURCES = $(UNITS) $(wildcard src/*/*.c)
OBJECTS = $(SOURCES:%.c=$(DIRECTORY)%.o)
COMMAND = $(CC) $(FLAGS) -Isrc

$(PROGRAM): $(OBJECTS)
	@$(COMMAND) -o $@ $(OBJECTS) $(LIBS)

# -MMD writes the headers of each file beside its object.
$(DIRECTORY)%.o: %.c $(DIRECTORY)command
	@mkdir -p $(dir $@)
	@$(COMMAND) -MMD -MP -c -o $@ $<

# Changes when the command changes, so that no object is of another one.
$(DIRECTORY)command: FORCE
	@mkdir -p $(DIRECTORY)
	@echo '$(COMMAND)' | cmp -s - $@ || echo '$(COMMAND)' >$@
FORCE:
.PHONY: FORCE

-include $(OBJECTS:.o=.d)
